// @ts-check
// What a look-ahead rests on: the changes that were made, and those that were planned, when it was asked for.

import { changedSince } from "./foreseen.js";
import { whole } from "./text.js";

/** @typedef {import("./foreseen.js").Arm} Arm */
/** @typedef {import("./foreseen.js").Foreseen} Foreseen */
/** @typedef {import("./frames.js").Curve} Curve */

export class Premises {
  #made;
  #planned;

  /** @param {Curve} curve as it is when it is asked for */
  constructor({ interventions, planned }) {
    this.#made = interventions.length;
    this.#planned = planned;
  }

  /**
   * Why what was foreseen holds no more, "" where it does; and whether an arm of it was taken where it began.
   * @param {Curve} curve as it is now
   * @param {Foreseen} foreseen
   * @param {Arm | null} taken
   * @returns {{ made: boolean, why: string }}
   */
  against({ interventions, planned, now }, foreseen, taken) {
    const foretold = new Set(this.#planned.map(({ iteration }) => iteration));
    const { made, other } = changedSince(foreseen, interventions.slice(this.#made), foretold, taken);
    if (other) {
      const what = taken && !made ? `${taken.label} was applied` : "something was changed";
      return { made, why: `${what} at iteration ${whole(other.iteration)}` };
    }
    return { made, why: plannedSince(foreseen, this.#planned, planned, now.iteration) };
  }
}

/**
 * What was planned anew since, or is planned no more, within what was foreseen; "" where nothing was.
 * @param {{ end: number }} foreseen
 * @param {{ plan: string, iteration: number }[]} before
 * @param {{ plan: string, iteration: number }[]} after
 * @param {number} here what was planned up to here was made since
 */
export function plannedSince({ end }, before, after, here) {
  const names = (/** @type {{ plan: string }[]} */ plans) => new Set(plans.map(({ plan }) => plan));
  const [known, there] = [names(before), names(after)];
  const added = after.find(({ plan, iteration }) => !known.has(plan) && iteration < end);
  if (added) return `something was planned, at iteration ${whole(added.iteration)}`;
  const gone = before.find(({ plan, iteration }) => !there.has(plan) && iteration > here && iteration < end);
  return gone ? `what was planned at iteration ${whole(gone.iteration)} was taken back` : "";
}
