// @ts-check
// The y axis of a chart of gauges. An outlier, such as the first values of a run, does not flatten it for good: its range
// is that of nearly all values in sight, and of what lies near them.

import { short } from "./text.js";

/**
 * @typedef {object} Gauge the entry of one, see gauge_specs.py
 * @property {string} name
 * @property {string} label
 * @property {string} shows
 * @property {string} normal
 * @property {number} course row of the course's table
 * @property {"log" | "linear"} scale
 * @property {number | null} low
 * @property {number | null} high
 * @property {boolean} percent
 */

/** @typedef {[number, number]} Range */

const OUTLYING = 0.01; // share of the values at each end that may be outliers
const FEW = 30; // values of a line, of which none is taken for an outlier
const NEAR = 1; // lengths of the range of all others, within which nothing is an outlier
const SPACE = 0.06; // beyond both ends
const SMALLEST = 0.01; // range of a linear axis: less is no change
const FLAT = Math.log10(1.5); // and of a log axis, in powers of ten
const DEEP = 8; // powers of ten that a log axis goes down, at most, from 1 or from the largest value where that is less
const STEPS = 4;

/**
 * The range of the axis: [0, 1] where there is no value.
 * @param {number[][]} lines values, also such as are not finite
 * @param {Pick<Gauge, "scale" | "low" | "high" | "percent">} gauge
 * @returns {Range}
 */
export function rangeOf(lines, { scale, low, high, percent }) {
  const log = scale === "log";
  const along = log ? Math.log10 : (/** @type {number} */ v) => v;
  const known = sorted(lines, along);
  if (!known.length) return log ? [0.1, 1] : [0, 1];
  const beside = lines.every((line) => line.length < FEW) ? 0 : Math.max(lines.length, OUTLYING * known.length);
  const k = Math.min(Math.floor(beside), (known.length - 1) >> 1);
  const [inner, outer] = [known[k], known[known.length - 1 - k]];
  const near = NEAR * Math.max(outer - inner, log ? FLAT : SMALLEST);
  let least = /** @type {number} */ (known.find((v) => v >= inner - near));
  let most = /** @type {number} */ (known.findLast((v) => v <= outer + near));
  if (log) least = Math.max(least, Math.min(most, 0) - DEEP);
  const reach = log ? 1 : Math.max(most - least, SMALLEST); // the ends of what is healthy are in sight where they are near
  for (const end of [low, high]) {
    if (end === null) continue;
    const at = along(end);
    if (at >= least - reach && at <= most + reach) [least, most] = [Math.min(least, at), Math.max(most, at)];
  }
  const wide = Math.max(most - least, log ? FLAT : SMALLEST);
  const [middle, half] = [(least + most) / 2, (0.5 + SPACE) * wide];
  return rounded([middle - half, middle + half], log, percent);
}

/**
 * What has a place on an axis, in order.
 * @param {number[][]} lines
 * @param {(value: number) => number} along
 */
function sorted(lines, along) {
  const places = new Float64Array(lines.reduce((n, line) => n + line.length, 0));
  let n = 0;
  for (const line of lines) {
    for (const value of line) {
      const place = along(value);
      if (Number.isFinite(place)) places[n++] = place;
    }
  }
  return places.subarray(0, n).sort();
}

/**
 * Rounded, so that it stays the same while values change a little.
 * @param {Range} range
 * @param {boolean} log
 * @param {boolean} percent
 * @returns {Range}
 */
function rounded([least, most], log, percent) {
  if (log) return [10 ** (Math.floor(4 * least) / 4), 10 ** (Math.ceil(4 * most) / 4)];
  const step = stepOf(most - least) / 2;
  const [from, to] = [step * Math.floor(least / step), step * Math.ceil(most / step)];
  return percent ? [Math.max(0, from), Math.min(1, to)] : [from, to];
}

/**
 * A step of 1, 2 or 5 times a power of ten, so that a few are in a range.
 * @param {number} wide
 */
export function stepOf(wide) {
  const rough = wide / STEPS;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((n) => n * power >= rough * 0.999) ?? 10);
}

/**
 * Where labels stand, and what they are.
 * @param {Range} range
 * @param {Pick<Gauge, "scale" | "percent">} gauge
 * @returns {{ at: number, text: string }[]}
 */
export function labelsOf([least, most], { scale, percent }) {
  const plain = (/** @type {number} */ v) => (Math.abs(v) < 1e6 ? short(v) : v.toExponential().replace("+", ""));
  const text = (/** @type {number} */ v) => (percent ? `${short(100 * v)} %` : plain(v));
  return (scale === "log" ? powers(least, most) : multiples(least, most)).map((at) => ({ at, text: text(at) }));
}

/**
 * @param {number} least
 * @param {number} most
 */
export function multiples(least, most) {
  const step = stepOf(most - least);
  const [first, last] = [Math.ceil(least / step - 1e-9), Math.floor(most / step + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/**
 * 1, 2 and 5 times powers of ten where there are few of these; else some of them.
 * @param {number} least
 * @param {number} most
 */
function powers(least, most) {
  const decades = Math.log10(most / least);
  const every = Math.max(1, Math.ceil(decades / STEPS));
  const first = Math.floor(Math.log10(least) / every) * every;
  /** @type {number[]} */
  const found = [];
  for (let p = first; p <= Math.log10(most) + 1e-9; p += every)
    for (const n of decades < 1.6 ? [1, 2, 5] : [1]) found.push(Number(`${n}e${p}`));
  const inside = found.filter((v) => v >= least * 0.999 && v <= most * 1.001);
  return inside.length > 1 ? inside : multiples(least, most);
}

/**
 * Where a value is between the two ends, 0 and 1; beyond them where it is out of sight. NaN where it has no place.
 * @param {number} value
 * @param {Range} range
 * @param {"log" | "linear"} scale
 */
export function placeOf(value, [least, most], scale) {
  if (scale === "linear") return (value - least) / (most - least);
  return value <= 0 ? -Infinity : Math.log10(value / least) / Math.log10(most / least);
}
