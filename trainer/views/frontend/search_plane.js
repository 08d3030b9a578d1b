// @ts-check
// A plane of two axes in a picture: its frame, its ticks, and where a pair of positions is.

import { svg } from "./search_picture.js";

/** @typedef {{ text: string, ticks: { at: number, text: string }[] }} Axis */
/** @typedef {ReturnType<typeof plane>} Plane */

const TICK_ROOM = 44; // pixels that the text of a tick below the plane needs

/**
 * @param {number} width
 * @param {number} height
 * @param {Axis} x
 * @param {Axis} y
 * @param {{ left?: number, bottom?: number, rug?: number }} [more] pixels below the plane for marks of single values
 */
export function plane(width, height, x, y, { left = 58, bottom = 44, rug = 0 } = {}) {
  const [right, top] = [14, 24];
  const low = height - bottom - rug;
  const xOf = (/** @type {number} */ at) => left + at * (width - left - right);
  const yOf = (/** @type {number} */ at) => low - at * (low - top);
  const limited = (/** @type {number} */ at) => Math.min(1, Math.max(0, at));
  const xAt = (/** @type {number} */ px) => limited((px - left) / (width - left - right));
  const yAt = (/** @type {number} */ px) => limited((low - px) / (low - top));
  const frame = svg("g", { class: "panda-axis" });
  frame.append(svg("rect", { x: left, y: top, width: width - left - right, height: low - top, class: "panda-frame" }));
  let free = -Infinity;
  for (const { at, text } of x.ticks) {
    frame.append(svg("line", { x1: xOf(at), x2: xOf(at), y1: top, y2: low, class: "panda-grid-line" }));
    if (xOf(at) < free) continue;
    free = xOf(at) + Math.max(TICK_ROOM, 8 * text.length);
    frame.append(svg("text", { x: xOf(at), y: low + rug + 16, "text-anchor": "middle" }, text));
  }
  for (const { at, text } of y.ticks) {
    frame.append(svg("line", { x1: left, x2: width - right, y1: yOf(at), y2: yOf(at), class: "panda-grid-line" }));
    frame.append(svg("text", { x: left - 6, y: yOf(at) + 4, "text-anchor": "end" }, text));
  }
  const middle = (left + width - right) / 2;
  frame.append(
    svg("text", { x: middle, y: height - 6, "text-anchor": "middle", class: "panda-axis-title" }, x.text),
    svg("text", { x: 4, y: 13, class: "panda-axis-title" }, y.text),
  );
  const drawing = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` }, frame);
  return { drawing, xOf, yOf, xAt, yAt, left, right: width - right, top, low };
}
