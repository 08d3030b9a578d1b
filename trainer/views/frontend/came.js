// @ts-check
// What came of what was foreseen: the dev cost at the end of an arm; where none was evaluated there, the smoothed cost.

import { served } from "./served.js";

/** @typedef {import("./foreseen.js").Arm} Arm */
/** @typedef {import("./frames.js").Curve} Curve */

/**
 * The dev cost at an iteration; undefined where none is known.
 * @param {Curve} curve
 * @param {number} iteration
 */
function evaluated({ tracks }, iteration) {
  const columns = tracks.dev.columns;
  return columns.cost[columns.iteration.indexOf(iteration)];
}

/**
 * Whether a dev cost of that iteration may still come.
 * @param {Curve} curve
 * @param {number} iteration
 */
export const mayBeEvaluated = (curve, iteration) =>
  evaluated(curve, iteration) === undefined && (curve.tracks.dev.columns.iteration.at(-1) ?? 0) < iteration;

/**
 * @param {import("./live.js").About} about
 * @param {Arm} arm that was taken
 * @param {number} end its last iteration
 * @param {AbortSignal} signal
 */
export async function cameOf({ curve, run }, arm, end, signal) {
  const came = evaluated(curve, end);
  if (came !== undefined) return { what: "dev cost", foreseen: arm.dev_cost ?? NaN, came };
  const beta = String(served.smoothings.find((one) => one.usual)?.beta);
  const query = new URLSearchParams({ run, iteration: String(end) });
  const answer = await fetch(`/panda/came?${query}`, { signal });
  const { smoothed } = await answer.json();
  return { what: "smoothed cost", foreseen: arm.smoothed[beta].at(-1) ?? NaN, came: smoothed[beta] };
}
