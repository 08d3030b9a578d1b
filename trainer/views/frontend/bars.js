// @ts-check
// The probability of each class, as bars.

import { element } from "./element.js";
import { percent, whole } from "./text.js";

const MOST_CLASSES = 30; // that all have their probability drawn
const MOST_BARS = 12; // of more classes

/**
 * A probability; one that is not 0 or 1 is not written as these.
 * @param {number} p
 */
export function likely(p) {
  if (p > 0 && p < 5e-5) return "<0.01%";
  return p < 1 && p > 1 - 5e-5 ? ">99.99%" : percent(p);
}

/**
 * One for each class, or, of many, the most probable ones and the true class.
 * @param {number[]} probabilities
 * @param {number | null} is the true class, where it is known
 * @param {string[]} classes
 */
export function bars(probabilities, is, classes) {
  const hardmax = probabilities.indexOf(Math.max(...probabilities));
  let shown = classes.map((_, k) => k);
  if (classes.length > MOST_CLASSES) {
    shown.sort((a, b) => probabilities[b] - probabilities[a]);
    const first = shown.slice(0, MOST_BARS);
    shown = is === null || first.includes(is) ? first : [...first.slice(0, -1), is];
  }
  const rows = shown.map((k) => {
    const bar = element("span", { class: "panda-bar" });
    bar.style.width = Number.isFinite(probabilities[k]) ? `${100 * probabilities[k]}%` : "0";
    const marks = [k === is ? "true class" : "", k === hardmax ? "hardmax" : ""].filter(Boolean).join(", ");
    const value = likely(probabilities[k]);
    return element(
      "div",
      { class: k === is ? "panda-true" : "" },
      element("span", { title: classes[k] }, classes[k]),
      element("span", { class: "panda-track" }, bar),
      element("span", {}, value),
      element("span", { class: "panda-small" }, marks),
    );
  });
  if (shown.length === classes.length) return rows;
  const rest = shown.reduce((left, k) => left - probabilities[k], 1);
  const others = `${whole(classes.length - shown.length)} other classes: ${percent(Math.max(0, rest))} together`;
  return [...rows, element("p", { class: "panda-small" }, others)];
}
