// @ts-check
// A search in sentences: how it stands, which ranges were brushed, what a grid would have tried.

import { bestOf, distinctPositions, distinctValues, isOver } from "./search_facts.js";
import { served } from "./served.js";
import { duration, measured, percent, short, whole } from "./text.js";

/** @typedef {import("./search_facts.js").Dimension} Dimension */
/** @typedef {import("./search_facts.js").Search} Search */
/** @typedef {import("./search_facts.js").Trial} Trial */

const STATES = {
  searching: "Searching",
  blocked: "Waiting: the search cannot be recorded",
  finished: "Finished",
  cancelled: "Cancelled",
  interrupted: "Interrupted",
  failed: "Failed",
  none: "No search",
};

const DIGITS = 4; // of an end of a range

/**
 * A number of things: "1 trial", "2,000 trials".
 * @param {number} n
 * @param {string} thing
 */
export const counted = (n, thing) => `${whole(n)} ${thing}${n === 1 ? "" : "s"}`;

/**
 * What a trial has: "α 0.0203, β 0.95"
 * @param {Trial} trial
 * @param {Dimension[]} dimensions
 */
export const valuesInWords = (trial, dimensions) =>
  dimensions.map(({ name, symbol }) => `${symbol} ${trial.text[name] ?? "–"}`).join(", ");

/**
 * One line about a trial, as for the mark that stands for it.
 * @param {Trial} trial
 * @param {Dimension[]} dimensions
 */
export function trialInWords(trial, dimensions) {
  const cost = trial.dev_cost === null ? "no dev cost" : `dev cost ${measured(trial.dev_cost, 4)}`;
  return `trial ${trial.index}, ${trial.state}: ${valuesInWords(trial, dimensions)}; ${cost}`;
}

/**
 * How a search stands: its state, counts and times to be told in a row, and what it has found.
 * @param {Search} search
 */
export function statusInWords({ state, trials, left, seconds, time_left, workers, dimensions }) {
  const over = trials.filter(isOver).length;
  const underWay = trials.filter((trial) => trial.state === "training").length;
  const parts = [`${counted(over, "trial")} over, ${whole(underWay)} under way, ${whole(left ?? 0)} left`];
  if (seconds) parts.push(duration(seconds));
  if (time_left) parts.push(`${time_left} left`);
  if (workers) parts.push(counted(workers, "worker"));
  const best = bestOf(trials);
  if (!best) return { state: STATES[state], parts, found: "No trial that is over has a dev cost yet." };
  const costs = `dev cost ${measured(best.dev_cost, 4)}, dev accuracy ${percent(best.dev_accuracy)}`;
  const found = `Best so far: trial ${best.index}, ${costs} (${valuesInWords(best, dimensions)})`;
  return { state: STATES[state], parts, found };
}

/**
 * The value at a position of an axis of numbers, from two of its ticks: between them, the value is linear along its
 * scale. Of single values it lies between the nearest two.
 * @param {Dimension} dimension
 * @param {number} at
 */
export function valueAt(dimension, at) {
  const { ticks } = dimension;
  const along = scaleOf(dimension);
  const [first, last] = [ticks[0], ticks[ticks.length - 1]];
  const [low, high] = [first, last].map(({ text }) => forth(along, Number(text)));
  if (first.at === last.at) return Number(first.text);
  return back(along, low + ((at - first.at) / (last.at - first.at)) * (high - low));
}

/**
 * The scale along which the numbers of an axis lie.
 * @param {Dimension} dimension
 */
export function scaleOf({ name, kind }) {
  if (kind === "whole") return "linear";
  if (kind === "power of two") return "log";
  const knob = served.knobs.find((each) => each.name === name);
  return knob && "kind" in knob ? knob.kind : "linear";
}

/**
 * A part of an axis, as the server is going to take it: "α 0.001 to 0.1", "layers 1 to 3", "optimizer adam, momentum".
 * @param {Dimension} dimension
 * @param {import("./search_facts.js").Extent} extent
 */
export function rangeInWords(dimension, [low, high]) {
  const { symbol, kind, ticks } = dimension;
  if (kind === "choice") {
    const inside = ticks.filter(({ at }) => at >= low && at <= high);
    const middle = (low + high) / 2;
    const nearest = ticks.toSorted((a, b) => Math.abs(a.at - middle) - Math.abs(b.at - middle)).slice(0, 1);
    return `${symbol} ${(inside.length ? inside : nearest).map(({ text }) => text).join(", ")}`;
  }
  const ends = [valueAt(dimension, low), valueAt(dimension, high)];
  if (kind === "real") return `${symbol} ${ends.map(endInWords).join(" to ")}`;
  const [begin, end] = singleValues(kind === "power of two", ends);
  return begin === end ? `${symbol} ${begin}` : `${symbol} ${begin} to ${end}`;
}

/**
 * @param {import("./search_facts.js").Extents} extents
 * @param {Dimension[]} dimensions
 */
export const boxInWords = (extents, dimensions) =>
  dimensions
    .filter(({ name }) => name in extents)
    .map((dimension) => rangeInWords(dimension, extents[dimension.name]))
    .join(", ");

/**
 * "A grid of 25 points tries 5 values of α and 5 of β; the 25 trials of this search, random, tried 25 and 25."
 * @param {Search} search
 */
export function gridInWords({ grid, trials, dimensions, plan }) {
  if (!grid) return "";
  const symbols = grid.names.map((name) => dimensions.find((each) => each.name === name)?.symbol ?? name);
  const ofGrid = [0, 1].map((i) => distinctPositions(grid.points.map((point) => point[i])).length);
  const tried = grid.names.map((name) => distinctValues(trials, name));
  return (
    `A grid of ${counted(grid.points.length, "point")} tries ${whole(ofGrid[0])} values of ${symbols[0]} and` +
    ` ${whole(ofGrid[1])} of ${symbols[1]}. The ${counted(trials.length, "trial")} of this search` +
    ` (${plan?.sampler ?? "random"}) tried ${whole(tried[0])} of ${symbols[0]} and ${whole(tried[1])} of ${symbols[1]}.`
  );
}

/**
 * An end of a range, written as the ticks are: 0.0001, not 1e-4.
 * @param {number} end
 */
const endInWords = (end) => (end < 1e-3 ? String(Number(end.toPrecision(DIGITS))) : short(end, DIGITS));

/**
 * The single values between two positions, or the nearest one where there is none.
 * @param {boolean} powers of two
 * @param {number[]} ends
 */
function singleValues(powers, ends) {
  const [low, high] = powers ? ends.map(Math.log2) : ends;
  let [first, last] = [Math.ceil(low - 1e-9), Math.floor(high + 1e-9)];
  if (first > last) first = last = Math.round((low + high) / 2);
  return [first, last].map((value) => (powers ? 2 ** value : value));
}

/**
 * @param {string} scale
 * @param {number} value
 */
export const forth = (scale, value) =>
  scale === "log" ? Math.log(value) : scale === "1-log" ? -Math.log(1 - value) : value;

/**
 * @param {string} scale
 * @param {number} along
 */
const back = (scale, along) => (scale === "log" ? Math.exp(along) : scale === "1-log" ? 1 - Math.exp(-along) : along);
