// @ts-check
// What stands in the chart of α beside α: the range that the α finder suggests, and the speed limit where it was measured.

import { band, line } from "./lines.js";
import { measured, whole } from "./text.js";

/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./plot.js").Trace} Trace */
/** @typedef {import("./traces.js").ToX} ToX */

/**
 * @typedef {object} Found by the α finder
 * @property {number} at the iteration
 * @property {string} verdict on what is suggested
 * @property {number | null} low of the suggested range
 * @property {number | null} high
 */

/** @typedef {{ at: number, limit: number | null }} Limit the largest stable α at an iteration, an estimate; null: none */

const FAR = 1e4; // times the largest α in sight: a limit beyond is out of the chart, since all else would be its foot
const MOST = 400; // measurements of the limit that are kept

/**
 * The limits with one more.
 * @param {Limit[]} limits
 * @param {Limit} limit
 */
export const withLimit = (limits, limit) => [...limits.slice(1 - MOST), limit];

/**
 * The limits, where the last one ends as something is changed: none is known from there on.
 * @param {Limit[]} limits
 * @param {number} iteration
 */
export function endedAt(limits, iteration) {
  const last = limits.at(-1);
  if (!last) return limits;
  const at = Math.max(last.at, iteration);
  return withLimit(withLimit(limits, { ...last, at }), { at, limit: null });
}

/**
 * What is in sight: the suggested range, and the speed limits that are not too far off.
 * @param {Found | null} found
 * @param {Limit[]} limits
 * @param {number} most the largest α that is drawn
 * @returns {number[]}
 */
export function markedRates(found, limits, most) {
  const near = limits.map(({ limit }) => limit).filter((limit) => limit !== null && limit < FAR * most);
  return [found?.low ?? null, found?.high ?? null, ...near].filter((rate) => rate !== null);
}

/**
 * The suggested range as a band across the chart.
 * @param {Found | null} found
 * @param {[number, number]} x where the chart begins and ends
 * @param {Palette} style
 * @returns {Trace[]}
 */
export function foundTraces(found, x, style) {
  if (!found || found.low === null || found.high === null) return [];
  const { low, high } = found;
  const edge = { color: style.dev, width: 1 };
  return [
    { ...band(x, [low, low], null, style.devBand, "suggested"), uid: "suggested-low", line: edge },
    { ...band(x, [high, high], "tonexty", style.devBand, "suggested"), uid: "suggested-high", line: edge },
  ];
}

/**
 * The speed limit from where it was measured to where it was again, or something was changed.
 * @param {Limit[]} limits
 * @param {number} end where the latest ends, an iteration
 * @param {ToX} x
 * @param {Palette} style
 * @returns {Trace[]}
 */
export function limitTraces(limits, end, x, style) {
  const last = limits.at(-1);
  if (!last) return [];
  const until = Math.max(last.at, end);
  const [at, rates] = [[...limits.map((one) => one.at), until].map(x), [...limits, last].map(({ limit }) => limit)];
  return [
    line("speed limit, an estimate", at, rates, style.mark, 1.5, {
      uid: "speed-limit",
      mode: "lines+markers",
      line: { color: style.mark, width: 1.5, dash: "dash", shape: "hv" },
      marker: { size: 4, color: style.mark },
      showlegend: false,
    }),
  ];
}

/**
 * What they are called, in the chart.
 * @param {Found | null} found
 * @param {Limit[]} limits
 * @param {Palette} style
 * @returns {import("./traces.js").Name[]}
 */
export function markNames(found, limits, style) {
  const names = [];
  const { at, verdict, high } = found ?? { at: 0, verdict: "", high: null };
  const limit = limits.at(-1)?.limit ?? null;
  if (high !== null) names.push({ text: `${verdict} at ${whole(at)}`, at: high, end: false, color: style.dev });
  if (limit !== null) {
    names.push({ text: `speed limit ${measured(limit)}, an estimate`, at: limit, end: true, color: style.mark });
  }
  return names;
}
