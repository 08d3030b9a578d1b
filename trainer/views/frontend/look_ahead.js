// @ts-check
// Look ahead: the coming iterations of the run under several candidates, drawn ahead of its curve. Nothing is
// applied until an arm is taken.

import { isDue, restedAfter } from "./again.js";
import { AheadForm } from "./ahead_form.js";
import { Arms } from "./arms.js";
import { cameOf, mayBeEvaluated } from "./came.js";
import { button, element, write } from "./element.js";
import { foretold, isMadeAt } from "./foreseen.js";
import { FindAlpha } from "./find_alpha.js";
import { freeKey } from "./keys.js";
import { served } from "./served.js";
import { grouping, short, whole } from "./text.js";

/** @typedef {import("./foreseen.js").Arm} Arm */
/** @typedef {import("./foreseen.js").Foreseen} Foreseen */

/** @typedef {import("./foreseen.js").Told} Told */

const KEYS = "Key l; then 1, 2, …, or a click on its line, takes an arm; Escape clears";
const OVER = "The run is over: nothing comes after it.";

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
  });
  #form = new AheadForm(() => this.#look.click());
  #said = element("p", { class: "panda-small", role: "status" });
  #arms = new Arms((arm) => this.#take(arm));
  #ago = element("span", { class: "panda-small" });
  #answer = element("p", { class: "panda-answer", role: "status", hidden: true });
  #open = false; // whether a fan is wanted, until it is cleared or an arm is taken
  /** @type {AbortController | null} while it is asked for by a press */
  #asked = null;
  /** @type {{ path?: string, line: string } | null} the session, and the line of training in it, that is shown */
  #of = null;
  #again = false; // likewise, by itself, while the run goes on
  #rested = 0; // when it may be, in milliseconds of the page
  #known = 0; // interventions, when it was asked for
  /** @type {Set<number>} iterations of what was planned then: it was foreseen too */
  #planned = new Set();
  /** @type {Arm | null} that was taken */
  #taken = null;
  #told = false; // whether what came of it was said
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
    const found = () => (this.#clear.hidden = false);
    this.#find = new FindAlpha(about, () => this.iterations, found, changed);
    this.#clear.classList.add("panda-quiet");
    this.#clear.hidden = true;
    this.#look.setAttribute("aria-keyshortcuts", "l");
    document.addEventListener("keydown", (event) => this.#key(event), { signal: this.#gone.signal });
    this.node = element(
      "section",
      { class: "panda-ahead", "aria-label": "Look ahead" },
      element(
        "div",
        { class: "panda-row" },
        element("span", { class: "panda-join" }, this.#look, this.#form.iterations),
        this.#form.candidates,
        this.#form.orders,
        this.#find.ask,
        this.#form.following,
        this.#clear,
        this.#ago,
      ),
      this.#said,
      this.#arms.node,
      this.#answer,
      this.#find.node,
    );
  }

  /** How far ahead, as typed. */
  get iterations() {
    return this.#form.iterations.value.trim();
  }

  destroy() {
    this.#gone.abort();
    this.#giveUp();
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
    if (this.#isDue()) this.#lookAgain();
  }

  /** What is asked for by a press is not wanted any more. */
  #giveUp() {
    this.#asked?.abort();
    this.#asked = null;
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
    const seen = !document.hidden && this.node.offsetParent !== null;
    return wanted && seen && isDue(this.#about.curve.status.state, performance.now(), this.#rested);
  }

  #showFan() {
    const { curve } = this.#about;
    const live = !served.over.includes(curve.status.state ?? "idle");
    const able = live && !this.#asked;
    if (this.#look.disabled === able) this.#look.disabled = !able;
    this.#look.title = live ? KEYS : OVER;
    this.#find.show(live);
    this.#clear.hidden = !(this.#asked || curve.foreseen || this.#find.any);
    if (!curve.foreseen && (this.#open || this.#taken)) this.#forget(""); // all of the curve came anew
    if (!curve.foreseen) return;
    const { at, end } = curve.foreseen;
    const since = curve.interventions
      .slice(this.#known)
      .find((mark) => mark.iteration >= at && !this.#planned.has(mark.iteration));
    if (since && !isMadeAt(this.#taken, since, at)) {
      const taken = this.#taken ? `${this.#taken.label} was applied` : "something was changed";
      this.#forget(
        `What was foreseen from ${whole(at)} holds no more: ${taken} at iteration ${whole(since.iteration)}.`,
      );
    } else if (since && this.#taken && this.#arms.any) {
      Object.assign(curve.foreseen, { arms: [this.#taken], best: 0 });
      this.#arms.clear();
      write(this.#said, foretold(this.#taken, end));
      this.#changed();
    }
    const passed = this.#open ? curve.now.iteration - end : 0;
    write(this.#ago, passed > 0 ? `The run is ${whole(passed)} iterations further than this.` : "");
    const applied = this.#arms.any ? null : this.#taken; // until its mark has come it is only asked for
    if (applied && !this.#told && curve.now.iteration >= end) this.#compare(applied, end);
    else if (!this.#taken && !live) this.#forget(OVER);
  }

  /**
   * What was under the hand was applied, at the iteration from which it was foreseen.
   * @param {import("./foreseen.js").Hand} hand
   * @param {number} known interventions, before that
   */
  applied({ at, end, arm }, known) {
    this.#foresee({ at, end, arms: [arm], best: arm.diverges ? null : 0 }, known);
    this.#taken = arm;
    this.#open = false;
    this.#arms.clear();
    write(this.#said, foretold(arm, end));
  }

  /**
   * Say what came of the arm that was taken, once that is known.
   * @param {Arm} arm
   * @param {number} end
   */
  async #compare(arm, end) {
    if (mayBeEvaluated(this.#about.curve, end)) return;
    this.#told = true;
    const { what, foreseen, came } = await cameOf(this.#about, arm, end, this.#gone.signal);
    const both = `foreseen ${short(foreseen, 3)}, came ${short(came, 3)}`;
    write(this.#said, `${arm.label}, ${what} at iteration ${whole(end)}: ${both}.`);
    this.node.dataset.came = String(came);
  }

  async #ask() {
    const asked = (this.#asked = new AbortController());
    this.show();
    this.#said.setAttribute("aria-live", "polite");
    write(this.#said, "Looking ahead …");
    const known = this.#about.curve.interventions.length;
    try {
      const told = await this.#form.asked(this.#about.run, asked.signal);
      if (!told.refused) this.#draw(told, known);
      else if (this.#open)
        write(this.#said, `Not done: ${grouping(told.refused)}.`); // what is drawn still holds
      else this.#forget(`Not done: ${grouping(told.refused)}.`);
    } catch {
      if (asked.signal.aborted) return;
      this.#forget("No answer came from Panda: try again.");
    }
    this.#asked = null;
    this.show();
  }

  /** Looked ahead anew by itself: nothing is said of it aloud, and nothing moves but the lines and numbers. */
  async #lookAgain() {
    this.#again = true;
    const known = this.#about.curve.interventions.length;
    const [of, began] = [this.#of, performance.now()];
    try {
      const told = await this.#form.asked(this.#about.run, this.#gone.signal);
      const wanted = this.#form.follow.checked && this.#open && !this.#taken && !this.#asked && this.#of === of;
      if (!told.refused && wanted) {
        this.#said.setAttribute("aria-live", "off");
        this.#draw(told, known, true);
      }
    } catch {
      if (this.#gone.signal.aborted) return;
    }
    this.#again = false;
    this.#rested = restedAfter(began, performance.now());
  }

  /**
   * Keys of the page, where none is typed into a field: l looks ahead, a number takes an arm, Escape clears.
   * @param {KeyboardEvent} event
   */
  #key(event) {
    const key = this.node.offsetParent === null ? "" : freeKey(event);
    if (key === "l") this.#look.click();
    else if (key === "Escape" && !this.#clear.hidden) this.#clear.click();
    else if (/^[1-9]$/.test(key)) this.#arms.press(Number(key) - 1);
  }

  /**
   * @param {Told} told
   * @param {number} known interventions, when it was asked for
   * @param {boolean} again whether by itself
   */
  #draw({ at, iterations, arms, best: least, text, remark }, known, again = false) {
    const best = least === null || arms[least].diverges ? null : least;
    this.#foresee({ at, end: at + iterations, arms, best }, known, !again);
    write(this.#said, `From iteration ${whole(at)}: ${text}${remark ? ` (${grouping(remark)})` : ""}.`);
    this.#arms.show(arms, best);
    this.#arms.listen(this.#chart());
    this.#open = true;
    if (!again) this.#rested = restedAfter(performance.now(), performance.now());
    this.node.dataset.arms = String(arms.length);
  }

  /**
   * Draw what is foreseen.
   * @param {import("./foreseen.js").Foreseen} foreseen
   * @param {number} known interventions, when it was asked for
   * @param {boolean} asked by a press
   */
  #foresee(foreseen, known, asked = false) {
    const { curve } = this.#about;
    curve.foreseen = foreseen;
    this.#known = known;
    this.#planned = new Set(curve.planned.map((plan) => plan.iteration));
    this.#taken = null;
    this.#told = false;
    this.#answer.hidden = true;
    this.#clear.hidden = false;
    Object.assign(this.node.dataset, { at: foreseen.at, came: "" });
    this.#near.show(foreseen.at, foreseen.end - foreseen.at, asked);
    this.#changed();
  }

  /** @param {Arm} arm */
  async #take(arm) {
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
    this.#arms.clear();
    this.#clear.hidden = !this.#find.any;
    this.#answer.hidden = true;
    this.node.dataset.arms = "0";
    write(this.#said, why);
    write(this.#ago, "");
    if (!this.#about.curve.hand) this.#near.leave();
    this.#changed();
  }
}
