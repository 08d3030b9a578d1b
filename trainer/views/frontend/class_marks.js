// @ts-check
// How classes are told apart in a picture: ten colours, on a light and on a dark page; and from the eleventh class on the
// same colours in other shapes.

const ON_LIGHT = [
  "#1f5fbf", "#c2540a", "#1a7f37", "#8a3ffc", "#d3122f", "#5a5f66", "#00838f", "#d02a94", "#6b4423", "#8a8a00",
]; // prettier-ignore
const ON_DARK = [
  "#6aa8ff", "#ff9440", "#4fcf74", "#b48cff", "#ff5c5c", "#b4b9c0", "#35d6e6", "#ff8ad4", "#c08a5a", "#e6e04a",
]; // prettier-ignore

/** @typedef {[number, number][]} Shape corners within a circle of radius 1; none is the circle itself */

/** @type {Shape[]} */
const SHAPES = [
  [],
  [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]], // prettier-ignore
  [[0, -1.1], [1.05, 0.85], [-1.05, 0.85]], // prettier-ignore
  [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]], // prettier-ignore
  [[-1.05, -0.85], [1.05, -0.85], [0, 1.1]], // prettier-ignore
];

export const COLORS = ON_LIGHT.length;
export const MARKS = COLORS * SHAPES.length;

/**
 * The colour of a class; they begin again after ten, in another shape.
 * @param {number} k
 * @param {boolean} dark whether the page is
 */
export const colorOf = (k, dark) => (dark ? ON_DARK : ON_LIGHT)[k % COLORS];

/**
 * The shape of the mark of a class; they begin again after MARKS classes.
 * @param {number} k
 */
export const shapeOf = (k) => SHAPES[Math.floor(k / COLORS) % SHAPES.length];

/**
 * A shape as CSS clips a square to it.
 * @param {Shape} shape
 */
export function clipOf(shape) {
  if (!shape.length) return "circle(50%)";
  const at = (/** @type {number} */ v) => `${Math.round(50 + 40 * v)}%`;
  return `polygon(${shape.map(([x, y]) => `${at(x)} ${at(y)}`).join(", ")})`;
}
