// @ts-check
// Lines and bands as Plotly takes them, and what an axis needs to know of the numbers in them.

import { measured, short } from "./text.js";

/** @typedef {import("./plot.js").Trace} Trace */
/** @typedef {(number | null)[]} Numbers null is a gap */

/**
 * @param {string} name
 * @param {Numbers} x
 * @param {Numbers} y
 * @param {string} color
 * @param {number} width
 * @param {Partial<Trace>} more
 * @returns {Trace}
 */
export const line = (name, x, y, color, width, more = {}) => ({
  type: "scatter",
  mode: "lines",
  name,
  uid: name,
  x,
  y,
  line: { color, width },
  ...more,
});

/**
 * What is read of a line under the pointer: its numbers as sentences have them.
 * @param {Numbers} values
 * @returns {Partial<Trace>}
 */
export const told = (values, digits = 4) => ({
  text: values.map((v) => measured(v, digits)),
  hoverinfo: "x+text+name",
});

/**
 * @param {Numbers} x
 * @param {Numbers} y
 * @param {string | null} fill
 * @param {string} color
 * @param {string} group
 * @returns {Trace}
 */
export const band = (x, y, fill, color, group) => ({
  type: "scatter",
  mode: "lines",
  uid: `${group} ${fill ?? "low"}`,
  x,
  y,
  fill: fill ?? "none",
  fillcolor: color,
  line: { width: 0.6, color },
  hoverinfo: "skip",
  showlegend: false,
  legendgroup: group,
});

/**
 * @param {unknown} value a number, or the name of one that is not finite
 * @returns {value is number}
 */
export const isNumber = (value) => typeof value === "number";

/**
 * Nothing is drawn of a trace without points; it costs as much as the others.
 * @param {Trace} trace
 */
export const shown = (trace) => trace.x.length > 0 || trace.showlegend !== false;

/** @param {number} least */
export const some = (least) => (Number.isFinite(least) ? least : 1e-6);

/**
 * The least positive number; Infinity where there is none.
 * @param {...Numbers} columns
 */
export function lowest(...columns) {
  let least = Infinity;
  for (const column of columns) for (const v of column) if (v !== null && v > 0 && v < least) least = v;
  return least;
}

/** @param {...Numbers} columns */
export function highest(...columns) {
  let most = 0;
  for (const column of columns) for (const v of column) if (v !== null && v > most) most = v;
  return most || 1;
}

const SMALL = 1e-4; // numbers below are labelled with an exponent: in full they are wider than the margin

/**
 * Powers of ten as labels: 1, 0.1, 0.01, 0.001, 1e-4, …
 * @param {number} least
 * @param {number} most
 * @param {number} every how many powers one is labelled
 */
function powers(least, most, every) {
  const [first, last] = [Math.floor(Math.log10(least) / every), Math.ceil(Math.log10(most) / every)];
  const exponents = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * every);
  return {
    tickvals: exponents.map((p) => Number(`1e${p}`)),
    ticktext: exponents.map((p) => (p < -3 || p > 4 ? `1e${p}` : short(Number(`1e${p}`)))),
  };
}

/**
 * Few labels on a log axis: at 1, 2 and 5 where it spans about a decade, else at some powers of ten.
 * @param {number} least
 * @param {number} most
 * @returns {{ tickformat: string, dtick?: string | number, tickvals?: number[], ticktext?: string[] }}
 */
export function ticks(least, most) {
  const decades = Math.log10(most) - Math.log10(least);
  const tickformat = least < SMALL ? "~e" : "~g";
  if (decades < 0.4) return { tickformat };
  if (decades < 1.7) return { tickformat, dtick: "D2" };
  const dtick = Math.ceil(decades / 5);
  return least < SMALL ? { tickformat, ...powers(least, most, dtick) } : { tickformat, dtick };
}
