// @ts-check
// What is under the hand: while a knob is turned and not applied, the coming iterations as they would be with it. Nothing
// is applied by that. One request at a time, the newest edit next; none while the tab is hidden or the run is over. What
// it would bring, or why nothing is drawn, stands below the knobs, or at the edge of the screen where these end below it:
// nothing moves under the hand. Where all of them take long, the first ones are drawn before.

import { isDue, restedAfter } from "./again.js";
import { element, write } from "./element.js";
import { further, isMadeAt } from "./foreseen.js";
import { Premises } from "./premises.js";
import { served } from "./served.js";
import { grouping, measured, whole } from "./text.js";

/** @typedef {import("./foreseen.js").Arm} Arm */
/** @typedef {import("./foreseen.js").Hand} Hand */
/** @typedef {{ at: number, iterations: number, arms: Arm[], dev_cost: number | null, remark: string }} Told */
/** @typedef {Record<string, string>} Edited what is not applied yet, as typed, by name */

const SINGLE = /^[^\s,]+$/; // a value, as typed, and no list of them
const FIRST = 50; // iterations that are drawn before all of them, the fewest that are looked ahead
const LONG = 100; // milliseconds: where all of them took longer
const LATER = "Not drawn ahead, as it is not for now.";

export class UnderHand {
  #about;
  #iterations;
  #near;
  #chart;
  #applied;
  /** @type {{ hand: Hand, known: number, premises: Premises } | null} what was drawn last, and how many interventions there were */
  #last = null;
  #brings = ""; // what is drawn, in a sentence
  #wanted = ""; // candidates as the server takes them; "" where nothing is to be drawn
  #why = ""; // it is not
  #asked = ""; // those that were asked for last, how far, and of which line of training
  #part = false; // only the first iterations of that were asked for yet
  #long = true; // whether all of them took long, the last time
  #asking = false;
  #rested = 0; // when the same may be asked for again
  #gone = new AbortController();
  said = element("p", { class: "panda-small panda-hand" });

  /**
   * @param {import("./live.js").About} about
   * @param {() => string} iterations how far, as typed
   * @param {import("./near.js").Near} near
   * @param {{ hold: () => void, now: () => void }} chart of the cost: to be drawn soon, at once
   * @param {(hand: Hand, premises: Premises) => void} applied what was foreseen was applied, at the iteration it began at
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

  /**
   * @param {Edited} changes
   * @param {boolean} later whether they are to be applied at a later iteration
   */
  edited(changes, later) {
    const { wanted, why } = later && Object.keys(changes).length ? { wanted: "", why: LATER } : wantedOf(changes);
    if (wanted === this.#wanted && why === this.#why) return;
    this.#wanted = wanted;
    this.#why = why;
    this.show();
  }

  /** There is news of the run, or of what is edited. */
  show() {
    const { curve } = this.#about;
    const { state, not_ahead: never } = curve.status;
    this.#follow();
    if (never) return this.#forget(""); // that is said once, above the charts
    if (!this.#wanted) return this.#forget(this.#why);
    if (state !== "running" && state !== "paused") {
      this.#asked = ""; // it is drawn anew where the run is resumed
      return this.#forget(`Not drawn ahead while the run is ${state}.`);
    }
    const lost = this.#brings !== "" && !curve.hand; // all of the curve came anew
    if (curve.hand) write(this.said, [this.#brings, further(curve.now.iteration - curve.hand.at)].join(" ").trim());
    if (this.#asking || document.hidden) return;
    const asked = [this.#wanted, this.#iterations(), this.#line()].join(" ");
    const { at = Infinity, end = Infinity } = curve.hand ?? {};
    const passed = curve.now.iteration - (state === "paused" ? at : end);
    const again = asked === this.#asked && !lost;
    if (again && !this.#part && !(passed >= 0 && isDue(state, performance.now(), this.#rested, passed))) return;
    this.#asked = asked;
    this.#part = !again && this.#long && Number(this.#iterations()) > FIRST;
    this.#ask(this.#wanted, this.#line(), this.#part);
  }

  /** Whether what was drawn last has been applied. */
  #follow() {
    const { interventions } = this.#about.curve;
    if (!this.#last || interventions.length === this.#last.known) return;
    const { hand, known, premises } = this.#last;
    this.#last = null;
    if (interventions.length > known && isMadeAt(hand.arm, interventions[known], hand.at))
      this.#applied(hand, premises);
  }

  /** Which line of training it is, with all that was changed and planned there. */
  #line() {
    const { status, run, start, interventions, planned } = this.#about.curve;
    return [status.id, run, start, interventions.length, planned.length].join();
  }

  /**
   * @param {string} wanted
   * @param {string} line
   * @param {boolean} part
   */
  async #ask(wanted, line, part) {
    this.#asking = true;
    this.#chart.hold();
    const began = performance.now();
    const all = this.#iterations();
    const query = new URLSearchParams({ run: this.#about.run, iterations: part ? String(FIRST) : all });
    for (const word of wanted.split(" ")) query.append("set", word);
    try {
      const answer = await fetch(`/panda/ahead?${query}`, { signal: this.#gone.signal });
      const told = await answer.json();
      if (line !== this.#line()) this.#forget("");
      else if (this.#wanted && told.refused) this.#forget(`Not drawn ahead: ${grouping(told.refused)}.`);
      else if (this.#wanted) this.#draw(told, part ? Number(all) : told.iterations);
      if (told.refused) this.#part = false;
      else if (!part) this.#long = told.took > LONG;
    } catch {
      if (this.#gone.signal.aborted) return;
      this.#forget("Not drawn ahead: no answer came from Panda.");
    }
    this.#asking = false;
    this.#rested = restedAfter(began, performance.now());
    this.show();
  }

  /**
   * @param {Told} told
   * @param {number} all how many iterations will be drawn
   */
  #draw(told, all) {
    const { curve } = this.#about;
    const { at, iterations, arms } = told;
    const [arm] = arms;
    curve.hand = { at, end: at + iterations, arm };
    this.#last = { hand: curve.hand, known: curve.interventions.length, premises: new Premises(curve) };
    this.#brings = bringsText(told);
    write(this.said, this.#brings);
    this.#near.show(at, all);
    this.#chart.now();
  }

  /** @param {string} why */
  #forget(why) {
    const { curve } = this.#about;
    if (!this.#wanted) this.#asked = "";
    this.#brings = "";
    write(this.said, why);
    if (!curve.hand) return;
    curve.hand = null;
    if (!curve.foreseen) this.#near.leave();
    this.#chart.now();
  }
}

/**
 * What an edit brings, in a sentence.
 * @param {Told} told
 */
export function bringsText({ at, iterations, arms: [arm], dev_cost, remark }) {
  const costs = [dev_cost, arm.dev_cost].map((cost) => measured(cost));
  const brings = arm.diverges
    ? `would diverge within ${whole(iterations)} iterations from ${whole(at)} on`
    : `would bring dev cost ${costs.join(" → ")}, in ${whole(iterations)} iterations from ${whole(at)} on`;
  return `${arm.label} ${brings}${remark ? ` (${grouping(remark)})` : ""}.`;
}

/**
 * The candidate as the server takes it; or why there is none, where something is edited.
 * @param {Edited} changes
 */
export function wantedOf(changes) {
  const words = Object.entries(changes).map(([name, text]) => [name, text.trim()]);
  const odd = words.find(([, text]) => !SINGLE.test(text));
  if (!odd) return { wanted: words.map((word) => word.join("=")).join(" "), why: "" };
  return { wanted: "", why: `Not drawn ahead: ${nameOf(odd[0])} must be one value, but got '${odd[1]}'.` };
}

/** @param {string} name */
const nameOf = (name) => served.knobs.find((knob) => knob.name === name)?.label ?? name;
