// @ts-check
// What the button of an arm says: the candidate, and what it brings.

import { write } from "./element.js";
import { short, whole } from "./text.js";

/** @typedef {import("./foreseen.js").Arm} Arm */

/**
 * @param {HTMLButtonElement} made
 * @param {Arm} arm
 * @param {number} i
 * @param {boolean} best
 */
export function nameArm(made, arm, i, best) {
  const cost = short(arm.dev_cost ?? NaN, 3);
  write(made, `${arm.label} → ${arm.diverges ? "diverges" : cost}`);
  const brings = arm.broke ? `breaks at iteration ${whole(arm.broke)}` : `dev cost ${cost}`;
  made.setAttribute("aria-label", `Take ${arm.label}: ${brings}`);
  made.title = i < 9 ? `${brings}; key ${i + 1}` : brings;
  made.classList.toggle("panda-best", best);
}
