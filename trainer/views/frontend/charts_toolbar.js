// @ts-check
// What can be chosen above the charts: the x axis, the stretch in view, how strongly the cost is smoothed, its scale.

import { element } from "./element.js";
import { served } from "./served.js";

/** @typedef {import("./frames.js").Axis} Axis */

/** @type {Record<Axis, string>} */
const AXES = { iteration: "iterations", epoch: "epochs", minutes: "minutes" };

/** @type {Record<string, number | null>} where the view begins: null is the first iteration, a negative one counts back */
const SPANS = { "whole run": null, "last 5,000": -5000, "last 1,000": -1000, "last 200": -200 };

/**
 * @typedef {object} Choices called when something else was chosen
 * @property {(axis: Axis) => void} axis
 * @property {(begin: number | null, name: string) => void} span
 * @property {(beta: import("./served.js").Smoothing["beta"]) => void} smoothing
 * @property {(on: boolean) => void} logarithmic
 */

/**
 * @param {Axis} axis that is chosen
 * @param {boolean} spans whether a stretch can be chosen
 * @param {Choices} on
 */
export function chartsToolbar(axis, spans, on) {
  const { smoothings } = served;
  const names = Object.keys(SPANS);
  const betas = new Map(smoothings.map(({ label, beta }) => [label, beta]));
  const usual = smoothings.find((one) => one.usual)?.label ?? "";
  const log = element("input", { type: "checkbox", checked: true });
  log.addEventListener("change", () => on.logarithmic(log.checked));
  return element(
    "div",
    { class: "panda-tools", role: "group", "aria-label": "Charts" },
    choice("x axis", AXES, axis, (value) => on.axis(/** @type {Axis} */ (value))),
    ...(spans ? [choice("In view", same(names), names[0], (value) => on.span(SPANS[value], value))] : []),
    choice("Smoothing", same([...betas.keys()]), usual, (value) => on.smoothing(betas.get(value) ?? null)),
    element("label", { class: "panda-check" }, log, "Log y"),
  );
}

/** @param {string[]} names */
const same = (names) => Object.fromEntries(names.map((name) => [name, name]));

/**
 * @param {string} label
 * @param {Record<string, string>} options text by value
 * @param {string} value that is chosen
 * @param {(value: string) => void} chosen
 */
function choice(label, options, value, chosen) {
  const texts = Object.entries(options);
  const select = element(
    "select",
    { "aria-label": label },
    ...texts.map(([key, text]) => element("option", { value: key, selected: key === value }, text)),
  );
  select.addEventListener("change", () => chosen(select.value));
  return element("label", { class: "panda-choice" }, element("span", { "aria-hidden": "true" }, label), select);
}
