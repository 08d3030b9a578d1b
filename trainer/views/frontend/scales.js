// @ts-check
// Where a value sits on a knob, and back: as `Scale` in scales.py.

/**
 * @typedef {object} Scale how the values of a hyperparameter are spread along a knob
 * @property {"linear" | "log" | "1-log"} kind
 * @property {number} low the value at the left end
 * @property {number} high the value at the right end
 * @property {boolean} [whole] only whole numbers are allowed
 * @property {boolean} [off] the leftmost place is 0, which no logarithm reaches
 */

/**
 * The position in [0, 1] of a value; values beyond the ends sit at the ends.
 * @param {Scale} scale
 * @param {number} value
 */
export function toUnit({ kind, low, high, off }, value) {
  if (off && value <= 0) return 0;
  const v = Math.min(Math.max(value, low), high);
  if (kind === "log") return Math.log(v / low) / Math.log(high / low);
  if (kind === "1-log") return Math.log((1 - v) / (1 - low)) / Math.log((1 - high) / (1 - low));
  return (v - low) / (high - low);
}

/**
 * The value at position r in [0, 1].
 * @param {Scale} scale
 * @param {number} r
 */
export function fromUnit({ kind, low, high, whole, off }, r) {
  if (off && r === 0) return 0;
  let value = low + r * (high - low);
  if (kind === "log") value = low * (high / low) ** r;
  if (kind === "1-log") value = 1 - (1 - low) * ((1 - high) / (1 - low)) ** r;
  value = Math.min(Math.max(value, low), high);
  return whole ? Math.round(value) : value;
}
