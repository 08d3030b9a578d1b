// @ts-check
// The legend of the gauges, once for all charts: the colour of each layer that is drawn, and of what is healthy.

import { element } from "./element.js";
import { WHOLE } from "./gauge_table.js";

/**
 * @param {HTMLElement} legend to fill, where it is another one
 * @param {number[]} shown layers
 * @param {number} layers
 * @param {import("./gauge_chart.js").Look} look
 */
export function showKey(legend, shown, layers, { color, name, style }) {
  const key = [shown.join(), style.background, layers].join(" ");
  if (legend.dataset.key === key) return;
  legend.dataset.key = key;
  const items = [WHOLE, ...shown].map((layer) => {
    const chip = element("i", { class: "panda-gauge-chip" });
    chip.style.background = color(layer);
    return element("li", {}, chip, name(layer));
  });
  const healthy = element("i", { class: "panda-gauge-chip panda-gauge-healthy" });
  legend.replaceChildren(...items, element("li", {}, healthy, "healthy range"));
}
