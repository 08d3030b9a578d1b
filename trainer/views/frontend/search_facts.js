// @ts-check
// How a search stands, as the server tells it, and what follows from that: orders, counts, and rows of the timeline.

/**
 * @typedef {"waiting" | "training" | "finished" | "stopped" | "diverged" | "failed"} TrialState
 * @typedef {[low: number, high: number]} Extent a part of an axis, as positions in [0, 1]
 * @typedef {Record<string, Extent>} Extents by the name of the dimension
 */

/**
 * @typedef {object} Trial
 * @property {number} index
 * @property {number} round
 * @property {TrialState} state
 * @property {Record<string, unknown>} values
 * @property {Record<string, string>} text its values for people
 * @property {Record<string, number | null>} unit its values as positions in [0, 1]
 * @property {number} iterations
 * @property {number} done
 * @property {number | null} dev_cost
 * @property {number | null} dev_accuracy
 * @property {number} seconds
 * @property {number | null} begun in seconds since the search began; null where that is not known
 * @property {number | null} ended
 * @property {[iteration: number, devCost: number | null, devAccuracy: number | null][]} curve
 * @property {string} reason
 */

/**
 * @typedef {object} Dimension
 * @property {string} name
 * @property {string} label
 * @property {string} symbol
 * @property {"real" | "whole" | "power of two" | "choice"} kind
 * @property {{ at: number, text: string }[]} ticks
 */

/**
 * @typedef {object} Round
 * @property {number} number
 * @property {string} why
 * @property {number} trials
 * @property {Record<string, unknown[]>} box
 * @property {Extents} unit
 */

/**
 * @typedef {object} Search see search_status.py
 * @property {string} id
 * @property {"searching" | "blocked" | "finished" | "cancelled" | "interrupted" | "failed" | "none"} state
 * @property {string} [reason]
 * @property {string} [path]
 * @property {string[]} remarks
 * @property {{ sampler: string, text: string, origin?: string }} [plan]
 * @property {number} [workers]
 * @property {number} [left]
 * @property {number} [seconds]
 * @property {string} [time_left] about how long it is still going to take, in words; "" where that is not known
 * @property {boolean} [again] whether it is another one soon, though the search is over: its importance
 * @property {Dimension[]} dimensions
 * @property {Round[]} rounds
 * @property {Trial[]} trials
 * @property {{ points: [number, number][], names: [string, string] } | null} [grid]
 * @property {{ name: string, mean: number, std: number }[] | null} [importance]
 * @property {Extents | null} [zoom_unit]
 */

/** @type {TrialState[]} */
export const ENDS = ["finished", "stopped", "diverged", "failed"];

/** @param {Trial} trial */
export const isOver = (trial) => ENDS.includes(trial.state);

/** @param {Search} search */
export const isUnderWay = (search) => search.state === "searching" || search.state === "blocked";

/**
 * A search that is over has only trials that are over, as its file has: what was under way then has not begun.
 * @param {Search} search
 * @returns {Search}
 */
export function settled(search) {
  if (isUnderWay(search)) return search;
  const trials = search.trials.filter(isOver);
  return { ...search, trials, left: (search.left ?? 0) + search.trials.length - trials.length };
}

/**
 * Those with a dev cost first, the lowest before the others; of equal ones the earlier.
 * @param {Trial[]} trials
 */
export const bestFirst = (trials) =>
  trials.toSorted((a, b) => (a.dev_cost ?? Infinity) - (b.dev_cost ?? Infinity) || a.index - b.index);

/**
 * The best of the trials that are over; undefined before the first has a dev cost.
 * @param {Trial[]} trials
 */
export const bestOf = (trials) => bestFirst(trials.filter((trial) => isOver(trial) && trial.dev_cost !== null))[0];

/**
 * How many different values of a hyperparameter trials have.
 * @param {Trial[]} trials
 * @param {string} name
 */
export const distinctValues = (trials, name) => new Set(trials.map((trial) => JSON.stringify(trial.values[name]))).size;

/**
 * Positions that differ, in order; what differs by less than a billionth is the same.
 * @param {number[]} positions
 */
export const distinctPositions = (positions) =>
  [...new Set(positions.map((at) => Math.round(at * 1e9) / 1e9))].sort((a, b) => a - b);

/**
 * The lowest dev cost so far after each trial that is over, in the order in which they ended.
 * @param {Trial[]} trials
 * @returns {{ trial: Trial, best: number | null }[]}
 */
export function bestSoFar(trials) {
  const ended = trials.filter(isOver).sort((a, b) => (a.ended ?? -1) - (b.ended ?? -1) || a.index - b.index); // recorded earlier: before all others
  /** @type {number | null} */
  let best = null;
  return ended.map((trial) => {
    if (trial.dev_cost !== null && (best === null || trial.dev_cost < best)) best = trial.dev_cost;
    return { trial, best };
  });
}

/** @typedef {{ trial: Trial, row: number, begin: number, end: number }} Bar of the timeline, in seconds */

/**
 * Trials as bars in as few rows as possible, so that no two of a row overlap: with n workers, n rows.
 * @param {Trial[]} trials
 * @param {number} now seconds since the search began
 * @returns {Bar[]}
 */
export function timeline(trials, now) {
  /** @type {number[]} */
  const free = []; // when each row is free again
  const timed = trials.filter((trial) => trial.begun !== null).sort((a, b) => Number(a.begun) - Number(b.begun));
  return timed.map((trial) => {
    const begin = Number(trial.begun);
    const end = Math.max(begin, trial.ended ?? now);
    const found = free.findIndex((at) => at <= begin + 1e-9);
    const row = found < 0 ? free.length : found;
    free[row] = end;
    return { trial, row, begin, end };
  });
}

/**
 * Two dimensions for a picture: those that were chosen while they are there, else the first ones.
 * @param {string[]} names of all dimensions
 * @param {(string | null)[]} chosen
 */
export function twoOf(names, chosen) {
  const [x = "", y = ""] = chosen.map((name) => (name !== null && names.includes(name) ? name : ""));
  const first = x || names.find((name) => name !== y) || "";
  return [first, y && y !== first ? y : (names.find((name) => name !== first) ?? "")];
}
