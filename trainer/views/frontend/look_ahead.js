// @ts-check
// Look ahead: the coming iterations of the run under several candidates, drawn ahead of its curve. Nothing is
// applied until an arm is taken.

import { isDue, restedAfter } from "./again.js";
import { AheadForm } from "./ahead_form.js";
import { Arms } from "./arms.js";
import { Comparing } from "./comparing.js";
import { bar, button, element, rest, write } from "./element.js";
import { foretold, further, whyNot } from "./foreseen.js";
import { FindAlpha } from "./find_alpha.js";
import { whenKeyed } from "./keys.js";
import { Premises } from "./premises.js";
import { reveal } from "./reveal.js";
import { Steady } from "./steady.js";
import { grouping, whole } from "./text.js";
import { Working } from "./working.js";

/** @typedef {import("./foreseen.js").Arm} Arm */
/** @typedef {import("./foreseen.js").Told} Told */

const KEYS = "Key l; then 1, 2, …, or a click on its line, takes an arm; Escape clears";
const ZOOMED = " In sight is that stretch: Reset zoom shows all of the run.";
const BEFORE = "The lines and the buttons are still those of before.";

export class LookAhead {
  #about;
  #send;
  #near;
  #chart;
  #changed;
  #look = button("Look ahead", () => this.#ask());
  #find;
  #clear = button("Clear", () => {
    this.#giveUp();
    this.#find.clear();
    this.#forget("");
    this.show();
  });
  #form = new AheadForm(() => this.#look.click());
  #said = new Steady("p", { role: "status" });
  #working = new Working("ahead", "Trying candidates", "Stop looking ahead", () => {
    this.#giveUp();
    this.#said.write("Given up.");
    this.show();
  });
  #arms = new Arms((arm) => this.#take(arm));
  #never = element("p", { class: "panda-small" }); // it can be looked ahead, and why
  #answer = element("p", { class: "panda-answer", role: "status", hidden: true });
  #open = false; // whether a fan is wanted, until it is cleared or an arm is taken
  /** @type {AbortController | null} while it is asked for by a press */
  #asked = null;
  /** @type {{ path?: string, line: string } | null} the session, and the line of training in it, that is shown */
  #of = null;
  /** @type {AbortController | null} likewise, by itself, while the run goes on */
  #again = null;
  #rested = 0; // when it may be, in milliseconds of the page
  /** @type {Premises | null} of what is foreseen */
  #premises = null;
  /** @type {Arm | null} that was taken */
  #taken = null;
  #comparing;
  #why = ""; // it could not be looked ahead, at the last news
  #hand = ""; // what was under the hand then
  #gone = new AbortController();
  node;

  /**
   * @param {import("./live.js").About} about
   * @param {import("./log.js").Send} send
   * @param {import("./near.js").Near} near
   * @param {() => import("./plot.js").Chart | undefined} chart of the cost
   * @param {() => void} changed the charts are to be drawn again
   */
  constructor(about, send, near, chart, changed) {
    this.#about = about;
    this.#send = send;
    this.#near = near;
    this.#chart = chart;
    this.#changed = changed;
    this.#find = new FindAlpha(about, this, changed);
    this.#comparing = new Comparing(about, ({ came, text }) => {
      this.#said.write(text + (near.zoomed ? ZOOMED : ""));
      this.node.dataset.came = String(came);
    });
    this.#form.whenEdited(() => this.#said.text.startsWith("Not done") && this.#said.writeAnew(""));
    Object.assign(this.#clear, { hidden: true, className: "panda-quiet" });
    this.#look.setAttribute("aria-keyshortcuts", "l");
    this.node = element(
      "section",
      { class: "panda-ahead", "aria-label": "Look ahead" },
      this.#form.row(this.#look, this.#find.ask, this.#find.limit.node, this.#clear),
      this.#never,
      this.#said.node,
      this.#working.node,
      this.#arms.node,
      this.#answer,
      this.#find.node,
    );
    const keyed = (/** @type {string} */ key) => {
      if (key === "l") this.#look.click();
      else if (key === "Escape" && !this.#clear.hidden) this.#clear.click();
      else if (/^[1-9]$/.test(key)) this.#arms.press(Number(key) - 1);
    };
    whenKeyed(this.node, keyed, this.#gone.signal);
  }

  /** How far ahead, as typed. */
  get iterations() {
    return this.#form.iterations.value.trim();
  }

  destroy() {
    this.#gone.abort();
    this.#giveUp();
    this.#comparing.leave();
    this.#find.destroy();
  }

  /** The theme may be another one. */
  recolour() {
    this.#find.recolour();
  }

  /** There is news of the run. */
  show() {
    this.#showLine();
    this.#showFan();
    this.#showHand();
    this.#clear.hidden = !(this.#asked || this.#about.curve.foreseen || this.#find.any || this.#said.text);
    if (this.#isDue()) this.#lookAgain();
  }

  /** What is asked for is not wanted any more. */
  #giveUp() {
    this.#asked?.abort();
    this.#again?.abort();
    this.#asked = this.#again = null;
    this.#working.end();
  }

  /** Another session, or another run of it, is shown: what was foreseen and found was of the one before. */
  #showLine() {
    const { status, run, start } = this.#about.curve;
    const [before, line] = [this.#of, [status.id, run, start].join()];
    if (before?.line === line) return;
    this.#of = { path: status.path, line };
    if (!before) return;
    const lost = this.#open || this.#taken !== null || this.#asked !== null;
    this.#giveUp();
    this.#find.leave();
    const why = "What was looked ahead holds no more: another run of the session began.";
    this.#forget(lost && before.path === status.path ? why : "");
  }

  /** Whether it is time to look ahead anew: of a run that goes on, in a tab that is seen. */
  #isDue() {
    const wanted = this.#form.follow.checked && this.#open && !this.#taken && !this.#asked && !this.#again;
    if (!wanted || document.hidden || !this.node.offsetParent) return false;
    const { status, now, foreseen } = this.#about.curve;
    return isDue(status.state, performance.now(), this.#rested, now.iteration - (foreseen?.at ?? Infinity));
  }

  /** Another edit is drawn: what was said of a fan that is gone is of before. */
  #showHand() {
    const [foreseen, label] = [this.#about.curve.foreseen, this.#about.curve.hand?.arm.label ?? ""];
    if (label && label !== this.#hand && !foreseen && !this.#asked) this.#said.writeAnew("");
    this.#hand = label;
  }

  #showFan() {
    const { curve } = this.#about;
    const why = whyNot(curve.status);
    bar(this.#look, why, KEYS);
    rest(this.#look, this.#asked !== null);
    write(this.#never, curve.status.not_ahead ? why : "");
    this.#find.show(why);
    if (!why && this.#why && this.#said.text === this.#why) this.#said.writeAnew(""); // it was resumed
    this.#why = why;
    if (!curve.foreseen && (this.#open || this.#taken)) this.#forget(""); // all of the curve came anew
    if (!curve.foreseen || !this.#premises) return;
    const { at, end } = curve.foreseen;
    const { made, why: gone } = this.#premises.against(curve, curve.foreseen, this.#taken);
    if (gone && !this.#comparing.any) this.#forget(`What was foreseen from ${whole(at)} holds no more: ${gone}.`);
    else if (made && this.#taken && this.#arms.any) {
      Object.assign(curve.foreseen, { arms: [this.#taken], best: 0 });
      this.#arms.clear();
      this.#said.write(foretold(this.#taken, end));
      this.#changed();
    }
    this.#form.ago.write(further(this.#open ? curve.now.iteration - at : 0, end - at));
    const applied = this.#arms.any ? null : this.#taken; // until its mark has come it is only asked for
    if (applied && !this.#asked && curve.now.iteration >= end) this.#comparing.show(applied, end);
    else if (!this.#taken && why) this.#forget(why);
  }

  /**
   * What was under the hand was applied, at the iteration from which it was foreseen.
   * @param {import("./foreseen.js").Hand} hand
   * @param {Premises} premises
   */
  applied({ at, end, arm }, premises) {
    this.#foresee({ at, end, arms: [arm], best: arm.diverges ? null : 0 }, premises);
    this.#taken = arm;
    this.#open = false;
    this.#arms.clear();
    this.#said.write(foretold(arm, end));
    this.show();
  }

  async #ask() {
    const asked = (this.#asked = new AbortController());
    this.#comparing.leave();
    this.show();
    this.#said.node.setAttribute("aria-live", "polite");
    this.#said.write("Looking ahead …");
    this.#working.follow(this.#about.run, asked.signal);
    const premises = new Premises(this.#about.curve);
    try {
      const told = await this.#form.asked(this.#about.run, asked.signal);
      if (asked.signal.aborted) return;
      if (!told.refused) {
        this.#draw(told, premises);
        reveal(this.#chart() ?? this.node);
      } else if (this.#open) this.#said.write(`Not done: ${grouping(told.refused)}. ${BEFORE}`);
      else this.#forget(`Not done: ${grouping(told.refused)}.`);
    } catch {
      if (asked.signal.aborted) return;
      this.#forget("No answer came from Panda: try again.");
    }
    this.#asked = null;
    this.#working.end();
    this.show();
  }

  /** Looked ahead anew by itself: nothing is said of it aloud, and nothing moves but the lines and numbers. */
  async #lookAgain() {
    const again = (this.#again = new AbortController());
    const [premises, began] = [new Premises(this.#about.curve), performance.now()];
    try {
      const told = await this.#form.asked(this.#about.run, again.signal);
      if (again.signal.aborted) return;
      const wanted = this.#form.follow.checked && this.#open && !this.#taken && !this.#asked;
      if (!told.refused && wanted) {
        this.#said.node.setAttribute("aria-live", "off");
        this.#draw(told, premises, true);
      }
    } catch {
      if (again.signal.aborted) return;
    }
    this.#again = null;
    this.#rested = restedAfter(began, performance.now());
  }

  /**
   * @param {Told} told
   * @param {Premises} premises
   * @param {boolean} again whether by itself
   */
  #draw({ at, iterations, arms, best: least, text, remark }, premises, again = false) {
    const best = least === null || arms[least].diverges ? null : least;
    this.#foresee({ at, end: at + iterations, arms, best }, premises, !again);
    this.#said.write(`From iteration ${whole(at)}: ${text}${remark ? ` (${grouping(remark)})` : ""}.`);
    this.#form.ago.makeRoom(further(1_000_000, iterations)); // it will be told
    this.#arms.show(arms, best);
    this.#arms.listen(this.#chart());
    this.#open = true;
    if (!again) this.#rested = restedAfter(performance.now(), performance.now());
    this.node.dataset.arms = String(arms.length);
  }

  /**
   * Draw what is foreseen.
   * @param {import("./foreseen.js").Foreseen} foreseen
   * @param {Premises} premises
   * @param {boolean} asked by a press
   */
  #foresee(foreseen, premises, asked = false) {
    const { curve } = this.#about;
    curve.foreseen = foreseen;
    this.#premises = premises;
    this.#taken = null;
    this.#comparing.leave();
    this.#answer.hidden = true;
    Object.assign(this.node.dataset, { at: foreseen.at, came: "" });
    this.#near.show(foreseen.at, foreseen.end - foreseen.at, asked);
    this.#changed();
  }

  /** @param {Arm} arm */
  async #take(arm) {
    if (this.#taken) return; // it is on its way
    this.#taken = arm;
    this.#answer.hidden = false;
    const changes = Object.fromEntries(Object.entries(arm.changes).map(([name, value]) => [name, String(value)]));
    const note = `looked ahead: ${arm.label}`;
    if (!(await this.#send({ do: "intervene", changes, note }, `Take ${arm.label}`, this.#answer))) this.#taken = null;
    else this.#open = false;
  }

  /** @param {string} why */
  #forget(why) {
    this.#about.curve.foreseen = null;
    this.#taken = null;
    this.#open = false;
    this.#comparing.leave();
    this.#arms.clear();
    this.#answer.hidden = true;
    this.node.dataset.arms = "0";
    this.#said.writeAnew(why);
    this.#form.ago.writeAnew("");
    if (!this.#about.curve.hand) this.#near.leave();
    this.#changed();
  }
}
