// The three linked charts of one curve: cost, dev accuracy, α in force. See the top of main.js for how to use them.

import { OVER } from "./frames.js";
import { element, short } from "./text.js";
import { accuracy, cost, marks, palette, rate } from "./traces.js";

export const AXES = { iteration: "iterations", epoch: "epochs", minutes: "minutes" };
export const SMOOTHING = { off: null, "light (10)": 0.9, "medium (100)": 0.99, "strong (1,000)": 0.999 };
export const SPANS = { "whole run": null, "last 5,000": -5000, "last 1,000": -1000, "last 200": -200 };

const CHARTS = [
  { name: "cost", title: "Cost J", label: "cost of the mini-batches, smoothed cost and dev cost", traces: cost, legend: true },
  { name: "accuracy", title: "Dev accuracy", label: "accuracy on the dev set", traces: accuracy, legend: false },
  { name: "rate", title: "Learning rate α", label: "α in force and its forecast under the present decay", traces: rate, legend: false, last: true },
];
const REDRAW = 250; // milliseconds from one drawing to the next, at least
const REST = 2; // and so many times what it took after it, for the training, the page and the reader
const LONGEST_REST = 1000;
const FEW = 8; // iterations, between which no label may stand
const CROWDED = 16;
const COARSE = 4; // pixels between points of what is only in the background

export class Charts {
  /**
   * root: an element to fill; curve: a Curve; options.look(view) is called when another stretch is wanted;
   * options.spans: whether the last so many iterations can be chosen, as while a run goes on.
   * Call `changed()` whenever the curve may have changed; it redraws at most four times a second, and rests after a
   * long drawing; only what is in view, and never while somebody drags.
   */
  constructor(root, curve, { look, spans = true }) {
    Object.assign(this, { root, curve, look, spans });
    this.axis = "iteration";
    this.logarithmic = true;
    this.smoothing = 0.99;
    this.span = null;
    this.range = null; // of the x axis as zoomed by hand, in its units
    this.revision = 0; // of the x range: another number lets Plotly take ours, the same leaves it alone
    this.unzoomed = 0; // likewise of the y ranges
    this.dragging = false;
    this.draws = 0;
    this.rested = 0; // when it may draw again
    this.hidden = new Set(); // what was switched off in the legend: Plotly forgets it of a trace that is not there
    this.stale = new Set();
    this.boxes = new Map();
    root.append(this.#toolbar());
    for (const chart of CHARTS) this.#box(chart);
    this.inView = new Set(CHARTS.map((c) => c.name));
    this.observer = new IntersectionObserver((entries) => {
      for (const e of entries) this.inView[e.isIntersecting ? "add" : "delete"](e.target.dataset.chart);
      this.#schedule();
    });
    this.resizer = new ResizeObserver(() => {
      this.changed();
      this.#lookAgain();
    });
    for (const box of this.boxes.values()) {
      this.observer.observe(box);
      this.resizer.observe(box);
    }
    this.release = () => {
      this.dragging = false;
      this.#schedule();
    };
    window.addEventListener("pointerup", this.release);
    window.addEventListener("pointercancel", this.release);
  }

  destroy() {
    clearTimeout(this.timer);
    this.observer.disconnect();
    this.resizer.disconnect();
    window.removeEventListener("pointerup", this.release);
    window.removeEventListener("pointercancel", this.release);
    for (const box of this.boxes.values()) window.Plotly?.purge(box);
  }

  /** The view to begin with. */
  view() {
    return { pixels: this.#pixels(), smoothing: this.smoothing ?? 0.99 };
  }

  changed() {
    for (const chart of CHARTS) this.stale.add(chart.name);
    this.#schedule();
  }

  /** Another run: the zoom of the one before means nothing now. */
  anew() {
    this.reset();
  }

  /** Somebody asked for something else: not to be kept waiting. */
  #chosen() {
    clearTimeout(this.timer);
    this.timer = null;
    this.rested = 0;
    this.changed();
  }

  #schedule() {
    if (this.timer || !window.Plotly) return;
    const wait = Math.max(0, this.rested - performance.now());
    this.timer = setTimeout(() => {
      this.timer = null;
      this.#draw();
    }, wait);
  }

  #draw() {
    if (this.dragging || document.hidden) return;
    const begin = performance.now();
    const style = palette(this.root);
    const drawn = CHARTS.filter(({ name }) => this.stale.has(name) && this.inView.has(name));
    if (!drawn.length) return;
    const mounting = drawn.some(({ name }) => !this.boxes.get(name).data);
    const x = this.curve.toAxis(this.axis);
    const range = this.range ?? this.#following(x);
    const clusters = this.#clusters(x, range);
    this.coarse = (COARSE * (range[1] - range[0])) / this.#pixels(); // in units of the x axis
    for (const chart of drawn) {
      this.stale.delete(chart.name);
      const box = this.boxes.get(chart.name);
      const first = !box.data;
      const { traces, y } = chart.traces(this.curve, x, style, this);
      const layout = this.#layout(chart, box, style, range, y);
      const all = [...traces, ...marks(clusters, style, chart.legend)];
      if (chart.legend) this.#hide(all);
      window.Plotly.react(box, all.filter(shown), layout, CONFIG);
      if (first) this.#listen(box);
    }
    const end = performance.now();
    const rest = mounting ? 0 : Math.min(REST * (end - begin), LONGEST_REST);
    this.rested = Math.max(begin + REDRAW, end + rest);
    this.draws += 1;
    this.root.dataset.draws = this.draws;
  }

  #hide(traces) {
    this.listed = [...new Set(traces.map(entry))];
    for (const trace of traces) trace.visible = this.hidden.has(entry(trace)) ? "legendonly" : true;
  }

  /** Interventions in sight, those that would touch taken together. */
  #clusters(x, range) {
    const scale = this.#pixels() / Math.max(range[1] - range[0], 1e-12);
    const clusters = [];
    for (const mark of this.curve.interventions) {
      const at = x(mark.iteration);
      if (at < range[0] || at > range[1]) continue;
      const last = clusters.at(-1);
      if (last && (at - last.x) * scale < CROWDED) last.marks.push(mark);
      else clusters.push({ x: at, marks: [mark] });
    }
    return clusters;
  }

  /**
   * The x axis while nothing is zoomed: what was asked for, and a little ahead where α will go on falling. What was
   * left further on is in sight too, as far as the line itself keeps half of the chart.
   */
  #following(x) {
    const { start, now, forecast, abandoned } = this.curve;
    const begin = this.span === null ? start : Math.max(start, now.iteration + this.span);
    const width = Math.max(now.iteration - begin, 1);
    const left = this.span === null ? Math.max(0, ...abandoned.map((part) => part.iterations.at(-1) ?? 0)) : 0;
    const reached = Math.max(now.iteration, Math.min(left, now.iteration + width));
    const ahead = forecast.iterations.length && !OVER.includes(this.curve.status.state) ? 0.14 * width : 0.01 * width;
    return [x(begin), x(Math.max(now.iteration + ahead, reached + 0.01 * width, start + 1))];
  }

  #layout({ legend, last }, box, style, range, y) {
    const width = range[1] - range[0];
    const counted = this.axis === "iteration";
    const axis = { gridcolor: style.grid, linecolor: style.grid, zeroline: false, tickcolor: style.grid, ticklabeloverflow: "allow" };
    const title = last ? { text: this.axis === "minutes" ? "minutes of training" : this.axis, standoff: 8 } : undefined;
    return {
      width: box.clientWidth,
      height: box.clientHeight,
      margin: { l: 64, r: 10, t: legend ? 26 : 8, b: title ? 46 : 30 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: style.font, size: 12, color: style.text },
      showlegend: legend,
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)", uirevision: "keep" },
      hovermode: "x",
      hoverlabel: { bgcolor: style.background, bordercolor: style.grid, namelength: -1, font: { family: style.font, color: style.text } },
      dragmode: "zoom",
      uirevision: "keep",
      xaxis: {
        ...axis, range, title, autorange: false, uirevision: this.revision, automargin: false, nticks: 8,
        hoverformat: counted ? ",.0f" : `.${Math.min(9, Math.max(2, 3 - Math.floor(Math.log10(width))))}f`,
        tickformat: counted ? "~s" : "", exponentformat: "none", ...(counted && width < FEW ? { tick0: 0, dtick: 1 } : {}),
      },
      yaxis: { ...axis, ...y, autorange: false, uirevision: `${this.unzoomed} ${y.type}`, nticks: 6, hoverformat: ".4g" },
      yaxis2: { overlaying: "y", range: [0, 1], fixedrange: true, visible: false },
    };
  }

  // ---- zoom ----------------------------------------------------------------------------------------------------

  #listen(box) {
    box.on("plotly_relayout", (event) => {
      if (event["xaxis.range[0]"] !== undefined) {
        this.range = [event["xaxis.range[0]"], event["xaxis.range[1]"]];
        this.#mark();
        this.#lookAgain();
      } else if (event["xaxis.autorange"]) this.reset();
    });
    box.on("plotly_legendclick", ({ data, curveNumber }) => {
      const clicked = entry(data[curveNumber]);
      if (!this.hidden.delete(clicked)) this.hidden.add(clicked);
      this.#chosen();
      return false;
    });
    box.on("plotly_legenddoubleclick", ({ data, curveNumber }) => {
      const others = this.listed.filter((name) => name !== entry(data[curveNumber]));
      const alone = others.every((name) => this.hidden.has(name));
      this.hidden = new Set(alone ? [] : others);
      this.#chosen();
      return false;
    });
  }

  reset() {
    this.range = null;
    this.unzoomed += 1;
    this.#mark();
    this.#lookAgain();
  }

  #mark() {
    this.revision += 1;
    this.root.dataset.zoom = this.range ? this.range.map((v) => short(v, 8)).join(" ") : "";
    this.unzoom.disabled = !this.range;
    this.#chosen();
  }

  /** Ask for the stretch in sight, once the hand rests. */
  #lookAgain() {
    clearTimeout(this.asking);
    this.asking = setTimeout(() => {
      const view = { begin: this.span, end: null, ...this.view() };
      if (this.range) {
        const t = this.curve.fromAxis(this.axis);
        view.begin = Math.max(0, Math.floor(t(this.range[0])));
        view.end = Math.max(view.begin + 1, Math.ceil(t(this.range[1])));
      }
      const text = JSON.stringify(view);
      if (text !== this.lookedAt) this.look(view);
      this.lookedAt = text;
    }, 80);
  }

  #pixels() {
    return Math.max(64, Math.round((this.boxes.get("cost")?.clientWidth ?? 600) - 74));
  }

  // ---- boxes and tools -----------------------------------------------------------------------------------------

  #box({ name, title, label }) {
    const box = element("div", { class: `panda-chart panda-chart-${name}`, "data-chart": name, role: "img", "aria-label": `Chart: ${label}` });
    box.addEventListener("pointerdown", () => (this.dragging = true));
    this.boxes.set(name, box);
    this.root.append(element("figure", { class: "panda-figure" }, element("figcaption", {}, title), box));
  }

  #toolbar() {
    const axis = choice("x axis", AXES, this.axis, (value) => {
      const range = this.range?.map(this.curve.fromAxis(this.axis));
      this.axis = value;
      this.range = range ? range.map(this.curve.toAxis(value)) : null;
      this.#mark();
    });
    const spans = Object.keys(SPANS);
    const span = choice("In view", Object.fromEntries(spans.map((s) => [s, s])), spans[0], (value) => {
      this.span = SPANS[value];
      this.root.dataset.span = value;
      this.reset();
    });
    const strengths = Object.keys(SMOOTHING);
    const smoothing = choice("Smoothing", Object.fromEntries(strengths.map((s) => [s, s])), strengths[2], (value) => {
      this.smoothing = SMOOTHING[value];
      this.#chosen();
      this.#lookAgain();
    });
    const log = element("input", { type: "checkbox", checked: true });
    log.addEventListener("change", () => {
      this.logarithmic = log.checked;
      this.#chosen();
    });
    this.unzoom = element("button", { type: "button", class: "panda-quiet", disabled: true }, "Reset zoom");
    this.unzoom.addEventListener("click", () => this.reset());
    return element(
      "div", { class: "panda-tools", role: "group", "aria-label": "Charts" },
      axis, ...(this.spans ? [span] : []), smoothing, element("label", { class: "panda-check" }, log, "Log y"), this.unzoom,
    );
  }
}

/** What belongs together in the legend. */
const entry = (trace) => trace.legendgroup ?? trace.uid;

/** Nothing is drawn of a trace without points; it costs as much as the others. */
const shown = (trace) => trace.x.length > 0 || trace.showlegend !== false;

const CONFIG = { displayModeBar: false, responsive: false, doubleClick: "autosize", displaylogo: false, scrollZoom: false };

function choice(label, options, value, chosen) {
  const select = element("select", { "aria-label": label });
  for (const [key, text] of Object.entries(options)) select.append(element("option", { value: key, selected: key === value }, text));
  select.addEventListener("change", () => chosen(select.value));
  return element("label", { class: "panda-choice" }, element("span", { "aria-hidden": "true" }, label), select);
}
