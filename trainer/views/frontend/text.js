// @ts-check
// How numbers and names are written for people.

import { served } from "./served.js";

/** @typedef {number | string | null | undefined} Shown a number, or a word in its place, or nothing */
/** @typedef {Record<string, Shown>} Values hyperparameters by name */

const EXACT = 15; // digits that a double holds whatever they are
const FITTING = 10; // characters that a knob's box has room for, see style.css

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const hundredths = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text of people and of files, in which nothing is hidden or turns the direction of what follows: such a character is
 * written as its code. Tabs and the ends of lines stay.
 * @param {string} text
 */
export const visible = (text) =>
  text.replace(HIDDEN, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    if (sign === "\n" || sign === "\r" || sign === "\t") return sign;
    return code > 0xff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\x${code.toString(16).padStart(2, "0")}`;
  });

/**
 * A sentence as it begins; a symbol as it is, since its capital is another one: Α would be read as A.
 * @param {string} text
 */
export const capital = (text) => text.replace(/^[a-z]/, (letter) => letter.toUpperCase());

/** @param {Shown} n */
export const whole = (n) => (typeof n === "number" ? grouped.format(n) : "–");

/** @param {Shown} n */
export const epochs = (n) => (typeof n === "number" ? hundredths.format(n) : "–");

/**
 * Iterations within a sentence, in groups of three digits like everywhere else.
 * @param {string} text
 */
export const grouping = (text) =>
  text.replace(/\b(iteration )(\d{4,})\b/g, (_, word, digits) => word + whole(Number(digits)));

/**
 * A number to a number of digits, never longer than it must be; a whole one in full, and of one just below 1 its
 * distance to 1. `number_text` of wording.py writes the same.
 * @param {Shown} value
 */
export function short(value, digits = 4) {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  const size = typeof value === "number" ? Math.abs(value) : 0;
  const nines = size > 0.9 && size < 1 ? Math.floor(-Math.log10(1 - size)) : 0;
  return measured(value, Math.min(digits + nines, EXACT));
}

/**
 * What was measured, to a number of digits; a very small or large one by its power of ten. `measured_text` of wording.py
 * writes the same.
 * @param {Shown} value
 */
export function measured(value, digits = 3) {
  if (typeof value !== "number") return value === null || value === undefined ? "–" : String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const text = value.toExponential(digits - 1);
  const size = Math.abs(Number(text));
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? text.replace(/\.?0*e\+?/, "e") : String(Number(text));
}

/**
 * A number in full, but for the last bit of it: 0.1 × 1.1 is 0.11.
 * @param {Shown} value
 */
export const full = (value) => short(value, EXACT);

/**
 * A number in full, or as many digits of it as fit into a knob's box.
 * @param {Shown} value
 */
export function fitting(value) {
  let text = full(value);
  for (let digits = FITTING; text.length > FITTING && digits > 0; digits -= 1) text = short(value, digits);
  return text;
}

/**
 * Always the same number of digits, so that nothing jumps.
 * @param {Shown} value
 * @param {number} digits
 */
export function steady(value, digits) {
  if (typeof value !== "number") return value === null || value === undefined ? "–" : String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6)
    ? value.toExponential(digits - 2).replace("+", "")
    : value.toFixed(digits);
}

/** @param {Shown} value */
export const percent = (value) => (typeof value === "number" ? `${(100 * value).toFixed(2)}%` : "–");

/**
 * A time of training: 12.3 s, 4:05 min, 1:04:05 h.
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [minutes, rest] = [Math.floor(seconds / 60), two(Math.floor(seconds % 60))];
  return minutes < 60 ? `${minutes}:${rest} min` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest} h`;
}

/**
 * How long something will still take, in whole units of a size that does not flicker: 25 s, 4 min, 2 h 5 min.
 * @param {number} seconds
 */
export function remaining(seconds) {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60 ? `${minutes % 60} min` : ""];
  return hours ? `${hours} h ${rest}`.trim() : rest;
}

/**
 * "α 0.1 → 0.0333, β 0.9 → 0.95"
 * @param {{ before: Values, after: Values }} change
 */
export const changes = ({ before, after }) =>
  Object.keys(after)
    .map((name) => `${served.symbols[name] ?? name} ${short(before[name])} → ${short(after[name])}`)
    .join(", ");

/**
 * What is to be changed, where the values before are not known yet: "α → 0.0333, β → 0.95"
 * @param {Values} values
 */
export const plannedChanges = (values) =>
  Object.keys(values)
    .map((name) => `${served.symbols[name] ?? name} → ${short(values[name])}`)
    .join(", ");
