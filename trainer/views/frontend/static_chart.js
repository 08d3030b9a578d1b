// @ts-check
// A chart that changes only when the script runs again: a figure of Plotly's, in the colours of the theme.

import { element } from "./element.js";
import { loadPlotly, loadStyle } from "./loading.js";
import { lookOf } from "./layout.js";
import { palette } from "./palette.js";
import { plotly } from "./plot.js";
import { whenThemeChanges } from "./theme.js";

/** @typedef {import("./main.js").View} View */

/**
 * @typedef {object} Data see static_chart.py
 * @property {string} plotly address of Plotly.js
 * @property {string} figure its traces and its layout, which has its height, as JSON
 * @property {string} alt what it shows
 */

const CONFIG = { displayModeBar: false, responsive: false, showTips: false, displaylogo: false };
const AGAIN = 1000; // milliseconds until what could not be loaded is asked for again

/** @implements {View} */
export default class StaticChart {
  #box = element("div", { role: "img" });
  #root = element("div", { class: "panda panda-static-chart" }, this.#box);
  #text = "";
  /** @type {{ data: import("./plot.js").Trace[], layout: Record<string, any> }} */
  #figure = { data: [], layout: {} };
  #ready = false;
  #width = 0;
  #resizer;
  #theme;

  /**
   * @param {HTMLElement} parent
   * @param {Data} data
   */
  constructor(parent, data) {
    parent.append(this.#root);
    this.#resizer = new ResizeObserver(() => {
      if (this.#box.clientWidth !== this.#width) this.#draw();
    });
    this.#resizer.observe(this.#box);
    this.#theme = whenThemeChanges(parent, () => this.#draw());
    this.update(data);
    this.#load(data.plotly);
  }

  destroy() {
    this.#resizer.disconnect();
    this.#theme.disconnect();
    plotly()?.purge(this.#box);
    this.#root.remove();
  }

  /** @param {Data} data */
  update({ figure, alt }) {
    this.#box.setAttribute("aria-label", alt);
    if (figure === this.#text) return;
    this.#text = figure;
    this.#figure = JSON.parse(figure);
    this.#box.style.height = `${this.#figure.layout.height}px`; // also before it is drawn, so that nothing moves then
    this.#draw();
  }

  /** @param {string} address */
  #load(address) {
    const loaded = () => {
      this.#ready = true;
      this.#draw();
    };
    const again = () => setTimeout(() => this.#root.isConnected && this.#load(address), AGAIN);
    Promise.all([loadStyle("style.css"), loadPlotly(address)]).then(loaded, again);
  }

  #draw() {
    this.#width = this.#box.clientWidth;
    if (!this.#ready || !this.#width) return;
    const { data, layout } = this.#figure;
    plotly()?.react(this.#box, data, { ...themed(layout, palette(this.#root)), width: this.#width }, CONFIG);
  }
}

/**
 * A copy of a layout, since Plotly writes into what it is given, in the colours of the theme.
 * @param {Record<string, any>} layout
 * @param {import("./palette.js").Palette} style
 */
function themed(layout, style) {
  const copy = structuredClone(layout);
  const { grid, text } = style;
  const hovered = { spikecolor: text, spikedash: "dot", spikethickness: -1 }; // less than 0: without a light border
  const lines = { gridcolor: grid, linecolor: grid, tickcolor: grid, zeroline: false };
  for (const name of Object.keys(copy)) {
    if (/^[xy]axis\d*$/.test(name)) copy[name] = { ...lines, ...(name.startsWith("x") && hovered), ...copy[name] };
  }
  return { ...copy, ...lookOf(style) };
}
