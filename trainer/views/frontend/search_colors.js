// @ts-check
// Trials coloured by dev cost: the best in the colour that stands out most from the background.

import { element } from "./element.js";
import { isOver } from "./search_facts.js";
import { measured } from "./text.js";

/** @typedef {import("./search_facts.js").Trial} Trial */

const SHARE = 0.9; // of the trials: what is worse has the colour of the worst of them

/** @typedef {{ best: number, worst: number }} CostRange */

/**
 * The dev costs between which colours differ; null while there is none.
 * @param {Trial[]} trials
 * @returns {CostRange | null}
 */
export function costRange(trials) {
  const known = trials.filter((trial) => isOver(trial) && trial.dev_cost !== null);
  const costs = known.map((trial) => Number(trial.dev_cost)).sort((a, b) => a - b);
  if (!costs.length) return null;
  return { best: costs[0], worst: costs[Math.ceil(SHARE * (costs.length - 1))] };
}

/**
 * Where a dev cost is between the best, 0, and the worst, 1: along a log scale, since costs differ by factors.
 * @param {number} cost
 * @param {CostRange} range
 */
export function costPosition(cost, { best, worst }) {
  const least = 1e-12;
  const [low, high, here] = [best, worst, cost].map((value) => Math.log(Math.max(value, least)));
  return high > low ? Math.min(1, Math.max(0, (here - low) / (high - low))) : 0;
}

/** @typedef {import("./palette.js").Ramp} Ramp */

/**
 * What the colours say, in words and as a bar.
 * @param {CostRange} range
 * @param {Ramp} colors
 */
export function colorBar({ best, worst }, { dark, stops }) {
  const bar = element("span", { class: "panda-color-bar", "aria-hidden": "true" });
  bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  return [
    element("span", {}, `dev cost: ${dark ? "bright" : "dark"} is low, ${measured(best, 4)}`),
    bar,
    element("span", {}, `${measured(worst, 4)} and more`),
  ];
}
