// @ts-check
// Look ahead, and find α: the coming iterations of the run under several candidates, drawn ahead of its curve. Nothing is
// applied until an arm is taken.

import { AlphaPicture } from "./alpha_picture.js";
import { isDue, restedAfter } from "./again.js";
import { nameArm } from "./arm_name.js";
import { button, element, write } from "./element.js";
import { isMadeAt } from "./foreseen.js";
import { freeKey } from "./keys.js";
import { grouping, short, whole } from "./text.js";

/** @typedef {import("./frames.js").Curve} Curve */
/** @typedef {import("./foreseen.js").Arm} Arm */
/** @typedef {import("./foreseen.js").Foreseen} Foreseen */

/** @typedef {import("./foreseen.js").Told} Told */
/** @typedef {import("./alpha_picture.js").FoundAlpha} FoundAlpha */

export class LookAhead {
  #about;
  #send;
  #near;
  #changed;
  #look = button("Look ahead", () => this.#ask("ahead"));
  #find = button("Find α", () => this.#ask("find-alpha"));
  #clear = button("Clear", () => {
    this.#open = false;
    this.#forget("");
  });
  #follow = element("input", { type: "checkbox" });
  #iterations = element("input", {
    type: "text",
    inputmode: "numeric",
    value: "200",
    "aria-label": "Iterations ahead",
    size: 5,
    autocomplete: "off",
  });
  #candidates = element("input", {
    type: "text",
    placeholder: "α × 0.1, 0.3, 1, 3, 10",
    title: "Candidates, such as momentum=0.5,0.9 optimizer=adam; empty is α × 0.1, 0.3, 1, 3, 10",
    "aria-label": "Candidates",
    autocomplete: "off",
  });
  #said = element("p", { class: "panda-small", role: "status" });
  #arms = element("div", { class: "panda-row", role: "group", "aria-label": "Arms of the look-ahead" });
  #picture = new AlphaPicture();
  #answer = element("p", { class: "panda-answer", role: "status", hidden: true });
  #open = false; // whether a fan is wanted, until it is cleared or an arm is taken
  #asking = false;
  #again = false; // likewise, by itself, while the run goes on
  #rested = 0; // when it may be, in milliseconds of the page
  #known = 0; // interventions, when it was asked for
  #knownToFinder = 0; // likewise of the α finder
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
   * @param {() => void} changed the charts are to be drawn again
   */
  constructor(about, send, near, changed) {
    this.#about = about;
    this.#send = send;
    this.#near = near;
    this.#changed = changed;
    this.#clear.classList.add("panda-quiet");
    this.#clear.hidden = true;
    this.#look.title = "Key l; then 1, 2, … takes an arm, Escape clears";
    this.#look.setAttribute("aria-keyshortcuts", "l");
    document.addEventListener("keydown", (event) => this.#key(event), { signal: this.#gone.signal });
    const follow = element("label", { class: "panda-check" }, this.#follow, "Follow the run");
    follow.title = "Look ahead anew every few seconds, while the run goes on";
    for (const input of [this.#iterations, this.#candidates]) {
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter") this.#look.click();
      });
    }
    this.node = element(
      "section",
      { class: "panda-ahead", "aria-label": "Look ahead" },
      element(
        "div",
        { class: "panda-row" },
        element("span", { class: "panda-join" }, this.#look, this.#iterations),
        this.#candidates,
        this.#find,
        follow,
        this.#clear,
      ),
      this.#said,
      this.#arms,
      this.#answer,
      this.#picture.node,
    );
  }

  /** How far ahead, as typed. */
  get iterations() {
    return this.#iterations.value.trim();
  }

  destroy() {
    this.#gone.abort();
    this.#picture.destroy();
  }

  /** The theme may be another one. */
  recolour() {
    this.#picture.recolour();
  }

  /** There is news of the run. */
  show() {
    this.#showFan();
    if (this.#isDue()) this.#lookAgain();
  }

  /** Whether it is time to look ahead anew: of a run that goes on, in a tab that is seen. */
  #isDue() {
    const wanted = this.#follow.checked && this.#open && !this.#taken && !this.#asking && !this.#again;
    const seen = !document.hidden && this.node.offsetParent !== null;
    return wanted && seen && isDue(this.#about.curve.status.state, performance.now(), this.#rested);
  }

  #showFan() {
    const { curve } = this.#about;
    const able = ["running", "paused"].includes(curve.status.state ?? "idle") && !this.#asking;
    for (const one of [this.#look, this.#find]) if (one.disabled === able) one.disabled = !able;
    if (this.#arms.hasChildNodes() && !curve.foreseen) this.#forget(""); // another line of training began
    if (curve.found && curve.interventions.length > this.#knownToFinder) curve.found = null; // it was of other settings
    if (!curve.found) this.#picture.hide();
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
    } else if (since && this.#taken && curve.foreseen.arms.length > 1) {
      Object.assign(curve.foreseen, { arms: [this.#taken], best: 0 });
      this.#arms.replaceChildren();
      this.#changed();
    }
    if (this.#taken && !this.#told && curve.now.iteration >= end) this.#compare(this.#taken, end);
  }

  /**
   * What came of the arm that was taken, as far as the dev cost was evaluated at its end.
   * @param {Arm} arm
   * @param {number} end
   */
  #compare(arm, end) {
    const { iteration, cost } = this.#about.curve.tracks.dev.columns;
    const came = cost[iteration.indexOf(end)];
    if (came === undefined) return;
    this.#told = true;
    write(
      this.#said,
      `${arm.label}, dev cost at iteration ${whole(end)}: foreseen ${short(arm.dev_cost ?? NaN, 3)}, came ${short(came, 3)}.`,
    );
    this.node.dataset.came = String(came);
  }

  /** @param {"ahead" | "find-alpha"} what */
  async #ask(what) {
    this.#asking = true;
    this.show();
    this.#said.setAttribute("aria-live", "polite");
    const before = this.#said.textContent ?? "";
    write(this.#said, what === "ahead" ? "Looking ahead …" : "Trying learning rates …");
    const known = this.#about.curve.interventions.length;
    try {
      const told = await this.#fetch(what);
      if (told.refused) write(this.#said, `Not done: ${grouping(told.refused)}.`);
      else if (what === "ahead") this.#draw(told, known);
      else {
        write(this.#said, this.#about.curve.foreseen ? before : "");
        this.#suggest(told, known);
      }
    } catch {
      if (this.#gone.signal.aborted) return;
      write(this.#said, "No answer came from Panda: try again.");
    }
    this.#asking = false;
    this.show();
  }

  /** Looked ahead anew by itself: nothing is said of it aloud, and nothing moves but the lines and numbers. */
  async #lookAgain() {
    this.#again = true;
    const known = this.#about.curve.interventions.length;
    const began = performance.now();
    try {
      const told = await this.#fetch("ahead");
      if (!told.refused && this.#follow.checked && this.#open && !this.#taken && !this.#asking) {
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
   * @param {"ahead" | "find-alpha"} what
   * @returns {Promise<Told & FoundAlpha>}
   */
  async #fetch(what) {
    const words = this.#candidates.value.trim().split(/\s+/).filter(Boolean);
    const query = new URLSearchParams({ run: this.#about.run, iterations: this.iterations });
    for (const word of what === "ahead" ? words : []) query.append("set", word);
    const answer = await fetch(`/panda/${what}?${query}`, { signal: this.#gone.signal });
    return answer.json();
  }

  /**
   * Keys of the page, where none is typed into a field: l looks ahead, a number takes an arm, Escape clears.
   * @param {KeyboardEvent} event
   */
  #key(event) {
    const key = this.node.offsetParent === null ? "" : freeKey(event);
    if (key === "l") this.#look.click();
    else if (key === "Escape" && !this.#clear.hidden) this.#clear.click();
    else if (/^[1-9]$/.test(key)) this.#buttons()[Number(key) - 1]?.click();
  }

  /**
   * @param {Told} told
   * @param {number} known interventions, when it was asked for
   * @param {boolean} again whether by itself
   */
  #draw({ at, iterations, arms, best, text, remark }, known, again = false) {
    const { curve } = this.#about;
    curve.foreseen = { at, end: at + iterations, arms, best };
    this.#known = known;
    this.#planned = new Set(curve.planned.map((plan) => plan.iteration));
    this.#taken = null;
    this.#told = false;
    write(this.#said, `From iteration ${whole(at)}: ${text}${remark ? ` (${grouping(remark)})` : ""}.`);
    if (this.#buttons().length !== arms.length) this.#arms.replaceChildren(...arms.map((_, i) => this.#armButton(i)));
    this.#buttons().forEach((made, i) => nameArm(made, arms[i], i, i === best)); // in place: one may have the focus
    this.#open = true;
    if (!again) this.#rested = restedAfter(performance.now(), performance.now());
    this.#answer.hidden = true;
    this.#clear.hidden = false;
    Object.assign(this.node.dataset, { at, arms: arms.length, came: "" });
    this.#near.show(at, iterations, !again);
    this.#changed();
  }

  /** @returns {HTMLButtonElement[]} */
  #buttons() {
    return [...this.#arms.querySelectorAll("button")];
  }

  /** @param {number} i */
  #armButton(i) {
    return button("", () => {
      const arm = this.#about.curve.foreseen?.arms[i];
      if (arm) this.#take(arm);
    });
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

  /**
   * @param {FoundAlpha} found
   * @param {number} known interventions, when it was asked for
   */
  #suggest(found, known) {
    const { at, suggested, limit } = found;
    const { low, high } = suggested;
    this.#about.curve.found = { at, low, high, limit: limit?.learning_rate ?? null };
    this.#picture.show(found);
    this.#knownToFinder = known;
    this.#clear.hidden = false;
    this.#changed();
    Object.assign(this.node.dataset, { found: at, low: low ?? "", high: high ?? "" });
  }

  /** @param {string} why */
  #forget(why) {
    Object.assign(this.#about.curve, { foreseen: null, found: null });
    this.#picture.clear();
    this.#arms.replaceChildren();
    this.#clear.hidden = true;
    this.#answer.hidden = true;
    this.node.dataset.arms = "0";
    write(this.#said, why);
    if (!this.#about.curve.hand) this.#near.leave();
    this.#changed();
  }
}
