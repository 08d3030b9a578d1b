// @ts-check
// The layers of a network while it trains: a small chart of each gauge, with what it shows and what is normal. Live they
// follow the run while they are looked at; of a recorded run they go up to the iteration that is shown.

import { element, write } from "./element.js";
import { upTo } from "./frames.js";
import { GaugeChart } from "./gauge_chart.js";
import { GAP, gapOf } from "./gauge_gap.js";
import { GaugeTable, WHOLE, evenly, nameOf } from "./gauge_table.js";
import { LayerNumbers } from "./layer_numbers.js";
import { loadStyle } from "./loading.js";
import { palette, ramp } from "./palette.js";
import { DRIFT, PopulationDrift } from "./population_drift.js";
import { whole } from "./text.js";

/** @typedef {import("./gauge_table.js").Line} Line */
/** @typedef {import("./views.js").RunView} RunView */

/**
 * @typedef {object} Source of gauges
 * @property {import("./frames.js").Curve} curve
 * @property {() => Record<string, string>} query that names the run
 * @property {() => string} line another one where another line of training begins
 * @property {() => number} until the iteration up to which they are shown
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
  #said = element("p", { class: "panda-small", role: "status" });
  #absent = element("ul", { class: "panda-absent panda-small" });
  #choice = element("select", { "aria-label": "Layers drawn" });
  #view = element(
    "select",
    { "aria-label": "In view" },
    ...Object.keys(VIEWS).map((name) => element("option", {}, name)),
  );
  #explain = element("input", { type: "checkbox" });
  #legend = element("ul", { class: "panda-key", "aria-label": "Colours of the layers" });
  #grid = element("div", { class: "panda-gauges" });
  #tools = element(
    "div",
    { class: "panda-tools", role: "group", "aria-label": "Layers" },
    element("label", { class: "panda-choice" }, element("span", { "aria-hidden": "true" }, "Layers"), this.#choice),
    element("label", { class: "panda-choice" }, element("span", { "aria-hidden": "true" }, "In view"), this.#view),
    element("label", { class: "panda-check" }, this.#explain, "Explain all"),
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
  #asking = false;
  #due = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #gone = new AbortController();
  #resizer = new ResizeObserver(() => this.#draw());
  node;

  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
    this.#drift = new PopulationDrift(source);
    this.node = element(
      "section",
      { class: "panda-layers", "aria-label": "Layers" },
      this.#tools,
      this.#legend,
      this.#said,
      this.#grid,
      this.#numbers.node,
      this.#drift.node,
      this.#absent,
    );
    this.#tools.hidden = this.#numbers.node.hidden = true;
    for (const select of [this.#choice, this.#view]) select.addEventListener("change", () => this.#draw());
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
      () => write(this.#said, "Its style sheet could not be loaded: reload this page."),
    );
  }

  show() {
    if (!this.#looked()) return;
    this.#drawAnew();
    if (!this.#asking && this.#timer === undefined && this.#wanted()) this.#at(this.#due);
  }

  recolour() {
    this.#draw();
  }

  destroy() {
    document.removeEventListener("visibilitychange", this.#visible);
    this.#resizer.disconnect();
    clearTimeout(this.#timer);
    clearTimeout(this.#drawing);
    this.#drift.destroy();
    this.#gone.abort();
  }

  #visible = () => this.show();

  #looked() {
    return this.#ready && !this.node.hidden && !document.hidden && !this.#gone.signal.aborted;
  }

  /** Whether there may be gauges that are not here. */
  #wanted() {
    const { curve, line } = this.#source;
    return line() !== this.#line || curve.now.iteration !== this.#asked;
  }

  /** @param {number} due */
  #at(due) {
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (!this.#asking && this.#looked() && this.#wanted()) this.#ask();
      },
      Math.max(0, due - performance.now()),
    );
  }

  async #ask() {
    this.#asking = true;
    const began = performance.now();
    const { curve, query, line } = this.#source;
    const [of, at] = [line(), curve.now.iteration];
    const since = of === this.#line ? this.#table.since : -1;
    let rest = PERIOD;
    try {
      const asked = new URLSearchParams({ ...query(), ...(since < 0 ? {} : { since: String(since) }) });
      const answer = await fetch(`/panda/gauges?${asked}`, { signal: this.#gone.signal });
      if (!answer.ok) throw new Error((await answer.text()).trim());
      this.#table.take(await answer.json(), since);
      [this.#line, this.#asked] = [of, at];
      this.node.dataset.asked = String(at);
      write(this.#said, "");
      this.#draw();
    } catch (error) {
      if (this.#gone.signal.aborted) return;
      rest = AGAIN;
      const why = error instanceof TypeError || !(error instanceof Error) ? "no answer from Panda" : error.message;
      write(this.#said, `No gauges: ${why}. They are asked for again.`);
    }
    this.#asking = false;
    this.#due = began + rest;
    this.show();
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
    return [this.#table.upTo(at), pixel, upTo(curve.interventions, at), this.#line].join();
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
    const share = VIEWS[this.#view.value];
    const end = Math.max(share < 1 ? at : curve.now.iteration, curve.start + 1);
    const begin = end - Math.max(1, share * (end - curve.start));
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
      const drawn = found(at);
      lines.set(gauge.name, drawn);
      this.#charts.get(gauge.name)?.draw(drawn, found(end), look);
    }
    const measured = table.iterations.slice(table.upTo(begin - 1), table.upTo(at)).at(-1);
    this.#key(shown, look);
    this.#numbers.show(gauges, lines, [WHOLE, ...shown], look, this.#charts, measured);
    this.#say(gauges.length);
    this.#drift.possible = gauges.some((gauge) => gauge.name === DRIFT);
    this.#draws += 1;
    const now = performance.now();
    this.#rested = Math.max(began + REDRAW, now + REST * (now - began));
    Object.assign(this.node.dataset, { iteration: measured ?? "", run: curve.run, draws: this.#draws });
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
        const chart = before.get(gauge.name) ?? new GaugeChart(gauge);
        if (!before.has(gauge.name)) chart.details.open = this.#explain.checked;
        return [gauge.name, chart];
      }),
    );
    this.#grid.replaceChildren(...[...this.#charts.values()].map(({ node }) => node));
  }

  /**
   * The legend, once for all charts.
   * @param {number[]} shown
   * @param {import("./gauge_chart.js").Look} look
   */
  #key(shown, { color, name, style }) {
    const key = [shown.join(), style.background, this.#table.layers].join(" ");
    if (this.#legend.dataset.key === key) return;
    this.#legend.dataset.key = key;
    const items = [WHOLE, ...shown].map((layer) => {
      const chip = element("i", { class: "panda-gauge-chip" });
      chip.style.background = color(layer);
      return element("li", {}, chip, name(layer));
    });
    const healthy = element("i", { class: "panda-gauge-chip panda-gauge-healthy" });
    this.#legend.replaceChildren(...items, element("li", {}, healthy, "healthy range"));
  }

  /** @param {number} gauges */
  #say(gauges) {
    const { absent, layers } = this.#table;
    this.#tools.hidden = this.#legend.hidden = this.#numbers.node.hidden = !gauges;
    const drawn = evenly(layers).length;
    const few =
      gauges && drawn < layers ? [`${whole(drawn)} of ${whole(layers)} layers are drawn, evenly chosen.`] : [];
    const told = [...few, ...absent];
    if (this.#absent.dataset.told === told.join("\n")) return;
    this.#absent.dataset.told = told.join("\n");
    this.#absent.replaceChildren(...told.map((sentence) => element("li", {}, sentence)));
  }
}
