// @ts-check
// What the server says of hyperparameters, series and limits (constants.py): the modules have no copy of it.

/** @typedef {NonNullable<import("./protocol.js").Look["smoothing"]>} Beta */
/** @typedef {{ label: string, beta: Beta | null, usual?: boolean }} Smoothing of the cost; null is off */

/**
 * @typedef {object} Series a named curve
 * @property {string} label
 * @property {string} panel title of the chart that it is drawn in
 * @property {string} help
 * @property {"log" | "linear"} scale
 * @property {boolean} percent
 * @property {boolean} smoothed
 * @property {boolean} measured
 */

/**
 * @typedef {object} Served
 * @property {Record<string, string>} symbols of the hyperparameters, by name
 * @property {import("./knobs.js").Spec[]} knobs one for each hyperparameter
 * @property {Record<string, Series>} series by name
 * @property {Smoothing[]} smoothings that can be chosen
 * @property {string[]} over states of a run that does not go on by itself
 * @property {import("./protocol.js").Nudge["factor"][]} nudges of α, such as "÷3"
 * @property {number} longest_note in characters
 */

/** @type {Served} */
export const served = { symbols: {}, knobs: [], series: {}, smoothings: [], over: [], nudges: [], longest_note: 0 };

/**
 * Take what the server says; of every component of a page that says something, it says the same.
 * @param {Partial<Served>} [constants]
 */
export function serve(constants = {}) {
  Object.assign(served, constants);
}

/**
 * How the server names a series, as in a legend: "dev cost".
 * @param {string} name
 */
export const labelOf = (name) => served.series[name]?.label ?? name;

/**
 * The same as a heading: "Dev cost".
 * @param {string} name
 */
export const headingOf = (name) => labelOf(name).replace(/^[a-z]/, (first) => first.toUpperCase());

/**
 * A sentence with the labels of the controls for the names that are no words, such as learning_rate.
 * @param {string} text
 */
export function inLabels(text) {
  const labels = new Map(served.knobs.map(({ name, label }) => [name, label]));
  const names = [...labels.keys()].filter((name) => /[^a-z]/.test(name));
  if (!names.length) return text;
  const named = new RegExp(`(?<![\\w./'-])(?:${names.join("|")})(?![\\w'-]|\\.\\w)`, "g");
  return text.replace(named, (name) => labels.get(name) ?? name);
}
