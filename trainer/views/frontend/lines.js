// @ts-check
// Lines and bands as Plotly takes them, and what an axis needs to know of the numbers in them.

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
 * Few labels on a log axis: at 1, 2 and 5 where it spans about a decade, else at some powers of ten.
 * @param {number} least
 * @param {number} most
 * @returns {{ tickformat: string, dtick?: string | number }}
 */
export function ticks(least, most) {
  const decades = Math.log10(most) - Math.log10(least);
  const tickformat = least < SMALL ? "~e" : "~g";
  if (decades < 0.4) return { tickformat };
  if (decades < 1.7) return { tickformat, dtick: "D2" };
  // powers of ten alone: Plotly's own labels are 1, 0.1, 0.01, 1e-3, …
  return { tickformat: least < SMALL ? "" : tickformat, dtick: Math.ceil(decades / 5) };
}
