// @ts-check
// What came of what was foreseen: the dev cost at the end of an arm; where none was evaluated there, the smoothed cost.

import { served } from "./served.js";
import { measured, whole } from "./text.js";

/** @typedef {import("./foreseen.js").Arm} Arm */
/** @typedef {import("./frames.js").Curve} Curve */

/**
 * A command; with the wish, where it may be what was foreseen, to evaluate where that ends.
 * @param {import("./connection.js").Command} command
 * @param {Curve} curve
 * @returns {import("./connection.js").Command}
 */
export function evaluatedAsForeseen(command, { hand, foreseen }) {
  const end = (hand ?? foreseen)?.end;
  return command.do === "intervene" && end !== undefined ? { ...command, evaluate_at: String(end) } : command;
}

/**
 * Whether a dev cost of that iteration may still come.
 * @param {Curve} curve
 * @param {number} iteration
 */
export const mayBeEvaluated = ({ tracks }, iteration) => (tracks.dev.columns.iteration.at(-1) ?? 0) < iteration;

/**
 * What came, and both in a sentence.
 * @param {import("./live.js").About} about
 * @param {Arm} arm that was taken
 * @param {number} end its last iteration
 * @param {AbortSignal} signal
 */
export async function cameOf(about, arm, end, signal) {
  const { what, foreseen, came } = await bothOf(about, arm, end, signal);
  const both = `foreseen ${measured(foreseen)}, came ${measured(came)}`;
  return { came, text: `${arm.label}, ${what} at iteration ${whole(end)}: ${both}.` };
}

/**
 * @param {import("./live.js").About} about
 * @param {Arm} arm
 * @param {number} end
 * @param {AbortSignal} signal
 */
async function bothOf({ run }, arm, end, signal) {
  const query = new URLSearchParams({ run, iteration: String(end) });
  const answer = await fetch(`/panda/came?${query}`, { signal });
  const { smoothed, dev_cost: came } = await answer.json();
  if (came !== null && arm.dev_cost !== null) return { what: "dev cost", foreseen: arm.dev_cost, came };
  const beta = String(served.smoothings.find((one) => one.usual)?.beta);
  return { what: "smoothed cost", foreseen: arm.smoothed[beta].at(-1) ?? NaN, came: smoothed[beta] };
}
