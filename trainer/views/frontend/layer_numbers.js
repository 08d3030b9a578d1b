// @ts-check
// The gauges as a table: what was measured last, a row for each gauge and a column for each layer.

import { element, write } from "./element.js";
import { whole } from "./text.js";

/** @typedef {import("./gauge_axis.js").Gauge} Gauge */

export class LayerNumbers {
  #caption = element("caption");
  #head = element("thead");
  #body = element("tbody");
  #key = "";
  /** @type {Map<string, HTMLElement>} */
  #cells = new Map();
  node = element(
    "details",
    { class: "panda-layer-numbers" },
    element("summary", {}, "Numbers"),
    element(
      "div",
      { class: "panda-scroll", tabindex: 0, role: "group", "aria-label": "Gauges as numbers" },
      element("table", {}, this.#caption, this.#head, this.#body),
    ),
  );

  /**
   * @param {Gauge[]} gauges
   * @param {Map<string, import("./gauge_table.js").Line[]>} lines by gauge
   * @param {number[]} layers
   * @param {import("./gauge_chart.js").Look} look
   * @param {Map<string, import("./gauge_chart.js").GaugeChart>} charts which write their values
   * @param {number | undefined} iteration of the latest measurement
   */
  show(gauges, lines, layers, { name }, charts, iteration) {
    const key = JSON.stringify([gauges.map((gauge) => gauge.name), layers]);
    if (key !== this.#key) {
      this.#key = key;
      this.#build(gauges, layers, name);
    }
    write(
      this.#caption,
      iteration === undefined ? "Nothing was measured in this stretch." : `At iteration ${whole(iteration)}`,
    );
    for (const gauge of gauges) {
      const found = new Map((lines.get(gauge.name) ?? []).map((line) => [line.layer, line]));
      for (const layer of layers) {
        const cell = this.#cells.get(`${gauge.name} ${layer}`);
        const line = found.get(layer);
        if (cell) write(cell, line ? (charts.get(gauge.name)?.written(line.y.at(-1)) ?? "") : "");
      }
    }
  }

  /**
   * @param {Gauge[]} gauges
   * @param {number[]} layers
   * @param {(layer: number) => string} name
   */
  #build(gauges, layers, name) {
    this.#cells.clear();
    const heads = layers.map((layer) => element("th", { scope: "col" }, name(layer)));
    this.#head.replaceChildren(element("tr", {}, element("th", { scope: "col" }, "gauge"), ...heads));
    const rows = gauges.map((gauge) => {
      const cells = layers.map((layer) => {
        const cell = element("td", { "data-gauge": gauge.name, "data-layer": layer });
        this.#cells.set(`${gauge.name} ${layer}`, cell);
        return cell;
      });
      return element("tr", {}, element("th", { scope: "row" }, gauge.label), ...cells);
    });
    this.#body.replaceChildren(...rows);
  }
}
