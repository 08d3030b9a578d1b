// @ts-check
// The box that is typed into the form above the pictures: where it lies on their axes, and in words.

import { forth, scaleOf } from "./search_words.js";
import { served } from "./served.js";

/** @typedef {import("./search_facts.js").Dimension} Dimension */
/** @typedef {import("./search_facts.js").Extent} Extent */
/** @typedef {import("./search_facts.js").Extents} Extents */
/** @typedef {Record<string, string[]>} Form name → the two ends as they are typed, or the values of a choice */

/**
 * Where a typed box lies on the axes; without what is not typed as a number, or has no axis.
 * @param {Form} form
 * @param {Dimension[]} dimensions
 */
export function typedExtents(form, dimensions) {
  /** @type {Extents} */
  const found = {};
  for (const dimension of dimensions) {
    const extent = form[dimension.name] ? extentOf(dimension, form[dimension.name]) : null;
    if (extent) found[dimension.name] = extent;
  }
  return found;
}

/**
 * What is typed, but for what is marked: "β 0.5 to 0.6, optimizer gd, adam".
 * @param {Form} form
 * @param {string[]} marked
 * @param {Dimension[]} dimensions
 */
export const formInWords = (form, marked, dimensions) =>
  Object.entries(form)
    .filter(([name]) => !marked.includes(name))
    .map(([name, texts]) => {
      const dimension = dimensions.find((each) => each.name === name);
      const symbol = dimension?.symbol ?? served.symbols[name] ?? name;
      const isNumber = dimension ? dimension.kind !== "choice" : texts.every((text) => Number.isFinite(Number(text)));
      return `${symbol} ${texts.join(isNumber ? " to " : ", ")}`;
    })
    .join(", ");

/**
 * Without the marks whose rows were typed over since.
 * @param {Extents} brush
 * @param {Extents} retyped those marks
 */
export const stillMarked = (brush, retyped) =>
  Object.fromEntries(
    Object.entries(brush).filter(([name, extent]) => JSON.stringify(retyped[name]) !== JSON.stringify(extent)),
  );

/**
 * The inverse of `rangeInWords`: of n single values each takes 1/n of its axis.
 * @param {Dimension} dimension
 * @param {string[]} texts
 * @returns {Extent | null}
 */
function extentOf(dimension, texts) {
  const { kind, ticks } = dimension;
  const half = kind === "real" ? 0 : ticks[0].at; // the first value is half of its part from the end
  const found =
    kind === "choice"
      ? ticks.filter(({ text }) => texts.includes(text)).map(({ at }) => at)
      : texts.map((text) => positionOf(dimension, Number(text)));
  if (!found.length || !found.every(Number.isFinite)) return null;
  return [Math.max(0, Math.min(...found) - half), Math.min(1, Math.max(...found) + half)];
}

/**
 * @param {Dimension} dimension
 * @param {number} value
 */
function positionOf(dimension, value) {
  const along = scaleOf(dimension);
  const [first, last] = [dimension.ticks[0], dimension.ticks[dimension.ticks.length - 1]];
  if (first.at === last.at) return first.at;
  const [low, high, at] = [Number(first.text), Number(last.text), value].map((number) => forth(along, number));
  return Math.min(1, Math.max(0, first.at + ((at - low) / (high - low)) * (last.at - first.at)));
}
