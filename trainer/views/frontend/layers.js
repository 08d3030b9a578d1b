// @ts-check
// The layers of a network while it trains: a small chart of each gauge, with what it shows and what is normal. Live they
// follow the run while they are looked at; of a recorded run they go up to the iteration that is shown.

import { Asking, answered } from "./asking.js";
import { button, element } from "./element.js";
import { upTo } from "./frames.js";
import { GaugeChart } from "./gauge_chart.js";
import { GAP, gapOf } from "./gauge_gap.js";
import { showKey } from "./gauge_key.js";
import { GaugeSentences } from "./gauge_sentences.js";
import { GaugeTable, WHOLE, evenly, nameOf } from "./gauge_table.js";
import { Histograms } from "./histograms.js";
import { LayerNumbers } from "./layer_numbers.js";
import { loadStyle } from "./loading.js";
import { palette, ramp } from "./palette.js";
import { DRIFT, PopulationDrift } from "./population_drift.js";
import { Said } from "./said.js";

/** @typedef {import("./gauge_table.js").Line} Line */
/** @typedef {import("./views.js").RunView} RunView */

/**
 * @typedef {object} Source of gauges
 * @property {import("./frames.js").Curve} curve
 * @property {() => Record<string, string>} query that names the run
 * @property {() => string} line another one where another line of training begins
 * @property {() => number} until the iteration up to which they are shown
 * @property {import("./shared_zoom.js").Zoom} zoom that they share with the curves
 */

const PERIOD = 1000; // milliseconds from one question to the next, at least
const AGAIN = 2000; // after which what failed is asked for again
const REDRAW = 100; // milliseconds from one drawing to the next, at least, and
const REST = 3; // times what a drawing took
const PIXELS = 300; // of a chart, about

/** @type {Record<string, number>} which share of the iterations so far is in view */
const VIEWS = { "whole run": 1, "last half": 0.5, "last tenth": 0.1 };

/** @implements {RunView} */
export default class Layers {
  #source;
  #table = new GaugeTable();
  #numbers = new LayerNumbers();
  #drift;
  #histograms;
  #said = new Said({ role: "status" });
  #sentences = new GaugeSentences();
  #choice = element("select", { "aria-label": "Layers drawn" });
  #view = element(
    "select",
    { "aria-label": "In view" },
    ...Object.keys(VIEWS).map((name) => element("option", {}, name)),
  );
  #unzoom = button("Reset zoom", () => this.#zoom(null));
  #explain = element("input", { type: "checkbox" });
  #legend = element("ul", { class: "panda-key", "aria-label": "Colours of the layers" });
  #grid = element("div", { class: "panda-gauges" });
  #tools = element(
    "div",
    { class: "panda-tools", role: "group", "aria-label": "Layers" },
    element("label", { class: "panda-choice" }, element("span", { "aria-hidden": "true" }, "Layers"), this.#choice),
    element("label", { class: "panda-choice" }, element("span", { "aria-hidden": "true" }, "In view"), this.#view),
    element("label", { class: "panda-check" }, this.#explain, "Explain all"),
    this.#unzoom,
  );
  /** @type {Map<string, GaugeChart>} */
  #charts = new Map();
  #line = ""; // of which the table holds the gauges
  #asked = NaN; // iteration when they were last asked for
  #drawn = "";
  #draws = 0;
  #rested = 0; // when it may draw again
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #drawing;
  #ready = false;
  #asking = new Asking(
    () => this.#looked() && this.#wanted(),
    (signal) => this.#ask(signal),
  );
  #resizer = new ResizeObserver(() => this.#draw());
  drawn = this.#said.first;
  node;

  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
    this.#drift = new PopulationDrift(source);
    this.#histograms = new Histograms(source, (stretch) => this.#zoom(stretch));
    this.node = element(
      "section",
      { class: "panda-layers", "aria-label": "Layers" },
      this.#tools,
      this.#legend,
      this.#said.node,
      this.#grid,
      this.#numbers.node,
      this.#histograms.node,
      this.#drift.node,
    );
    this.#tools.hidden = this.#numbers.node.hidden = true;
    this.#unzoom.className = "panda-quiet";
    this.#choice.addEventListener("change", () => this.#draw());
    this.#view.addEventListener("change", () => this.#zoom(null));
    this.#explain.addEventListener("change", () => {
      for (const { details } of this.#charts.values()) details.open = this.#explain.checked;
    });
    this.#resizer.observe(this.#grid);
    document.addEventListener("visibilitychange", this.#visible);
    loadStyle("layers.css").then(
      () => {
        this.#ready = true;
        this.show();
      },
      () => this.#said.say("Its style sheet could not be loaded: reload this page."),
    );
  }

  show() {
    if (!this.#looked()) return;
    this.#drawAnew();
    this.#asking.look();
    this.#histograms.look();
  }

  recolour() {
    this.#draw();
    this.#histograms.recolour();
  }

  destroy() {
    document.removeEventListener("visibilitychange", this.#visible);
    this.#resizer.disconnect();
    clearTimeout(this.#drawing);
    this.#drift.destroy();
    this.#histograms.destroy();
    this.#asking.destroy();
  }

  #visible = () => this.show();

  #looked() {
    return this.#ready && !this.node.hidden && !document.hidden && !this.#asking.gone;
  }

  /** Whether there may be gauges that are not here. */
  #wanted() {
    const { curve, line } = this.#source;
    return line() !== this.#line || curve.now.iteration !== this.#asked;
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const { curve, query, line } = this.#source;
    const [of, at] = [line(), curve.now.iteration];
    const since = of === this.#line ? this.#table.since : -1;
    try {
      const asked = { ...query(), ...(since < 0 ? {} : { since: String(since) }) };
      this.#table.take(await answered("/panda/gauges", asked, signal), since);
      [this.#line, this.#asked] = [of, at];
      this.node.dataset.asked = String(at);
      this.#draw();
      this.#said.say("");
      return PERIOD;
    } catch (error) {
      if (!signal.aborted) {
        const why = error instanceof Error ? error.message : String(error);
        this.#said.say(`No gauges: ${why}. They are asked for again.`);
      }
      return AGAIN;
    }
  }

  /**
   * Zoom in on a stretch, in all charts of the run, or go back.
   * @param {[number, number] | null} stretch
   */
  #zoom(stretch) {
    this.#source.zoom.set(stretch);
    this.#draw();
    this.#histograms.look();
  }

  // ---- drawing -------------------------------------------------------------------------------------------------

  /** Where there is something else to be seen than was drawn; not more often than a picture can be looked at. */
  #drawAnew() {
    if (!this.#line || this.#drawn === this.#state() || this.#drawing !== undefined) return;
    this.#drawing = setTimeout(
      () => {
        this.#drawing = undefined;
        if (this.#looked()) this.#draw();
      },
      Math.max(0, this.#rested - performance.now()),
    );
  }

  /** What is to be seen, but for what is too small for it: the iterations of a live run go on all the time. */
  #state() {
    const { until, curve } = this.#source;
    const at = until();
    const pixel = Math.floor((PIXELS * (at - curve.start)) / Math.max(1, curve.now.iteration - curve.start));
    return [this.#table.upTo(at), pixel, upTo(curve.interventions, at), this.#line, this.#source.zoom.get()].join();
  }

  #draw() {
    if (!this.#line || !this.node.clientWidth) return;
    const began = performance.now();
    const { curve, until } = this.#source;
    const table = this.#table;
    this.#drawn = this.#state();
    const at = until();
    const shown = this.#layers();
    const style = palette(this.node);
    const scale = ramp(style.background).color;
    const last = Math.max(1, table.layers - 1);
    const color = (/** @type {number} */ layer) => (layer === WHOLE ? style.text : scale((layer - 1) / last));
    const name = (/** @type {number} */ layer) => nameOf(layer, table.layers);
    const [begin, end] = this.#stretch();
    const look = {
      span: /** @type {[number, number]} */ ([begin, end]),
      changes: curve.interventions.map((change) => change.iteration).filter((t) => t >= begin && t <= at),
      style,
      color,
      name,
    };
    const gap = gapOf(curve, begin, end);
    const gauges = table.gauges.length && gap ? [...table.gauges, GAP] : table.gauges;
    this.#place(gauges);
    /** @type {Map<string, Line[]>} */
    const lines = new Map();
    for (const gauge of gauges) {
      const found = (/** @type {number} */ stop) =>
        (gauge === GAP
          ? [gapOf(curve, begin, stop)]
          : [WHOLE, ...shown].map((layer) => table.line(gauge.name, layer, begin, stop))
        ).filter((one) => one !== null);
      const drawn = found(Math.min(at, end));
      lines.set(gauge.name, drawn);
      this.#charts.get(gauge.name)?.draw(drawn, found(end), look);
    }
    const measured = table.iterations.slice(table.upTo(begin - 1), table.upTo(Math.min(at, end))).at(-1);
    showKey(this.#legend, shown, table.layers, look);
    this.#numbers.show(gauges, lines, [WHOLE, ...shown], look, this.#charts, measured);
    this.#say(gauges.length > 0, begin, end);
    this.#histograms.show(look, table.layers);
    this.#drift.possible = gauges.some((gauge) => gauge.name === DRIFT);
    this.#draws += 1;
    const now = performance.now();
    this.#rested = Math.max(began + REDRAW, now + REST * (now - began));
    Object.assign(this.node.dataset, { iteration: measured ?? "", run: curve.run, draws: this.#draws });
  }

  /** The iterations in view: those that were zoomed to, or as chosen. */
  #stretch() {
    const { curve, until, zoom } = this.#source;
    const zoomed = zoom.get();
    this.#unzoom.disabled = !zoomed;
    if (zoomed) return [Math.max(curve.start, zoomed[0]), Math.max(curve.start + 1, zoomed[1])];
    const share = VIEWS[this.#view.value];
    const end = Math.max(share < 1 ? until() : curve.now.iteration, curve.start + 1);
    return [end - Math.max(1, share * (end - curve.start)), end];
  }

  /** The layers that are drawn: the chosen one, or as many as can be told apart. */
  #layers() {
    const { layers } = this.#table;
    const all = evenly(layers);
    const options = ["all", ...Array.from({ length: layers }, (_, i) => String(i + 1))];
    if (this.#choice.options.length !== options.length) {
      const first = all.length < layers ? `${all.length} of ${layers}, evenly chosen` : "all";
      this.#choice.replaceChildren(
        ...options.map((value, i) => element("option", { value }, i ? nameOf(i, layers) : first)),
      );
    }
    const chosen = Number(this.#choice.value);
    return chosen >= 1 ? [chosen] : all;
  }

  /**
   * A chart for each gauge, in their order; those that are there stay.
   * @param {import("./gauge_axis.js").Gauge[]} gauges
   */
  #place(gauges) {
    const names = gauges.map(({ name }) => name);
    if ([...this.#charts.keys()].join() === names.join()) return;
    const before = this.#charts;
    this.#charts = new Map(
      gauges.map((gauge) => {
        const chart = before.get(gauge.name) ?? new GaugeChart(gauge, (stretch) => this.#zoom(stretch));
        if (!before.has(gauge.name)) chart.details.open = this.#explain.checked;
        return [gauge.name, chart];
      }),
    );
    this.#grid.replaceChildren(...[...this.#charts.values()].map(({ node }) => node));
  }

  /**
   * @param {boolean} any whether gauges are drawn
   * @param {number} begin
   * @param {number} end
   */
  #say(any, begin, end) {
    this.#tools.hidden = this.#legend.hidden = this.#numbers.node.hidden = !any;
    this.#sentences.show(this.#table, any, begin, end);
    const before = any ? this.#drift.node : this.#grid;
    if (before.nextElementSibling !== this.#sentences.node) before.after(this.#sentences.node);
  }
}
