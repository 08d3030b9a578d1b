// @ts-check
// The element that a chart is drawn in, with its heading.

import { element } from "./element.js";

/**
 * @param {string} name
 * @param {string} heading
 * @param {string} help what it shows
 */
export function chartBox(name, heading, help) {
  const made = element("div", {
    class: `panda-chart panda-chart-${name}`,
    "data-chart": name,
    role: "img",
    "aria-label": `Chart: ${help}`,
  });
  const box = /** @type {import("./plot.js").Chart} */ (/** @type {unknown} */ (made));
  return { box, figure: element("figure", { class: "panda-figure" }, element("figcaption", {}, heading), box) };
}
