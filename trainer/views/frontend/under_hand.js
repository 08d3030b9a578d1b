// @ts-check
// What is under the hand: while a knob is turned and not applied, the coming iterations as they would be with it. Nothing
// is applied by that. One request at a time, the newest edit next; none while the tab is hidden or the run is over.

import { isDue, restedAfter } from "./again.js";
import { element, write } from "./element.js";
import { isMadeAt } from "./foreseen.js";
import { short, whole } from "./text.js";

/** @typedef {import("./foreseen.js").Arm} Arm */
/** @typedef {import("./foreseen.js").Hand} Hand */
/** @typedef {Record<string, string>} Edited what is not applied yet, as typed, by name */

const LOOKED_AT = ["learning_rate", "momentum", "mini_batch_size", "decay", "decay_rate", "optimizer"];

export class UnderHand {
  #about;
  #iterations;
  #near;
  #chart;
  #applied;
  /** @type {{ hand: Hand, known: number } | null} what was drawn last, and how many interventions there were */
  #last = null;
  #wanted = ""; // candidates as the server takes them; "" where nothing is under the hand
  #asked = ""; // those that were asked for last, and of which line of training
  #asking = false;
  #rested = 0; // when the same may be asked for again
  #gone = new AbortController();
  said = element("p", { class: "panda-small panda-hand" });

  /**
   * @param {import("./live.js").About} about
   * @param {() => string} iterations how far, as typed
   * @param {import("./near.js").Near} near
   * @param {{ hold: () => void, now: () => void }} chart of the cost: to be drawn soon, at once
   * @param {(hand: Hand, known: number) => void} applied what was foreseen was applied, at the iteration it began at
   */
  constructor(about, iterations, near, chart, applied) {
    this.#about = about;
    this.#iterations = iterations;
    this.#near = near;
    this.#chart = chart;
    this.#applied = applied;
  }

  destroy() {
    this.#gone.abort();
  }

  /** @param {Edited} changes */
  edited(changes) {
    const wanted = wantedOf(changes);
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.show();
  }

  /** There is news of the run, or of what is edited. */
  show() {
    const { curve } = this.#about;
    const { state } = curve.status;
    this.#follow();
    const live = state === "running" || state === "paused";
    if (!this.#wanted || !live) return this.#forget();
    if (this.#asking || document.hidden) return;
    const asked = `${this.#wanted} ${this.#line()}`;
    const passed = curve.now.iteration >= (curve.hand?.end ?? Infinity);
    if (asked === this.#asked && !(passed && isDue(state, performance.now(), this.#rested))) return;
    this.#asked = asked;
    this.#ask(this.#wanted, this.#line());
  }

  /** Whether what was drawn last has been applied. */
  #follow() {
    const { interventions } = this.#about.curve;
    if (!this.#last || interventions.length === this.#last.known) return;
    const { hand, known } = this.#last;
    this.#last = null;
    if (interventions.length > known && isMadeAt(hand.arm, interventions[known], hand.at)) this.#applied(hand, known);
  }

  /** Which line of training it is, with all that was changed and planned there. */
  #line() {
    const { status, run, start, interventions, planned } = this.#about.curve;
    return [status.id, run, start, interventions.length, planned.length].join();
  }

  /**
   * @param {string} wanted
   * @param {string} line
   */
  async #ask(wanted, line) {
    this.#asking = true;
    this.#chart.hold();
    const began = performance.now();
    const query = new URLSearchParams({ run: this.#about.run, iterations: this.#iterations() });
    for (const word of wanted.split(" ")) query.append("set", word);
    try {
      const answer = await fetch(`/panda/ahead?${query}`, { signal: this.#gone.signal });
      const told = await answer.json();
      // why it is refused, Apply says
      if (told.refused || line !== this.#line()) this.#forget();
      else if (this.#wanted) this.#draw(told);
    } catch {
      if (this.#gone.signal.aborted) return;
      this.#forget();
    }
    this.#asking = false;
    this.#rested = restedAfter(began, performance.now());
    this.show();
  }

  /** @param {{ at: number, iterations: number, arms: Arm[], dev_cost: number | null }} told */
  #draw({ at, iterations, arms: [arm], dev_cost }) {
    const { curve } = this.#about;
    curve.hand = { at, end: at + iterations, arm };
    this.#last = { hand: curve.hand, known: curve.interventions.length };
    const brings = arm.diverges
      ? "would diverge"
      : `would bring dev cost ${short(dev_cost ?? NaN, 3)} → ${short(arm.dev_cost ?? NaN, 3)}`;
    write(this.said, `${arm.label} ${brings}, in ${whole(iterations)} iterations.`);
    this.#near.show(at, iterations);
    this.#chart.now();
  }

  #forget() {
    const { curve } = this.#about;
    if (!this.#wanted) this.#asked = "";
    if (!curve.hand && !this.said.hasChildNodes()) return;
    curve.hand = null;
    write(this.said, "");
    if (!curve.foreseen) this.#near.leave();
    this.#chart.now();
  }
}

/**
 * The candidates as the server takes them, where one of these is among them and all can be words.
 * @param {Edited} changes
 */
function wantedOf(changes) {
  const words = Object.entries(changes).map(([name, text]) => `${name}=${text.trim()}`);
  const able = LOOKED_AT.some((name) => name in changes) && words.every((word) => /^\w+=[^\s,]+$/.test(word));
  return able ? words.join(" ") : "";
}
