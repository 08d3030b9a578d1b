// The three linked charts of one curve: cost, dev accuracy, α in force. See the top of main.js for how to use them.

import { changes, element, percent, short, whole } from "./text.js";

export const AXES = { iteration: "iteration", epoch: "epoch", minutes: "minutes of training" };
export const SMOOTHING = { off: null, "light (10)": 0.9, "medium (100)": 0.99, "strong (1,000)": 0.999 };
export const SPANS = { "whole run": null, "last 5,000": -5000, "last 1,000": -1000, "last 200": -200 };

const CHARTS = [
  { name: "cost", title: "Cost J", label: "cost of the mini-batches, smoothed cost and dev cost", legend: true },
  { name: "accuracy", title: "Dev accuracy", label: "accuracy on the dev set", legend: false },
  { name: "rate", title: "Learning rate α", label: "learning rate in force and its forecast", legend: false },
];
const REDRAW = 250;
const CROWDED = 16;

export class Charts {
  /**
   * root: an element to fill; curve: a Curve; options.look(view) is called when another stretch is wanted.
   * Call `changed()` whenever the curve may have changed; it redraws at most four times a second, only what is in
   * view, and never while somebody drags.
   */
  constructor(root, curve, { look }) {
    Object.assign(this, { root, curve, look });
    this.axis = "iteration";
    this.logarithmic = true;
    this.smoothing = 0.99;
    this.span = null;
    this.range = null; // of the x axis as zoomed by hand, in its units
    this.revision = 0;
    this.dragging = false;
    this.draws = 0;
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
    this.range = null;
    this.#mark();
  }

  #schedule() {
    if (this.timer || !window.Plotly) return;
    const wait = Math.max(0, (this.drawnAt ?? -REDRAW) + REDRAW - performance.now());
    this.timer = setTimeout(() => {
      this.timer = null;
      this.#draw();
    }, wait);
  }

  #draw() {
    if (this.dragging || document.hidden) return;
    this.drawnAt = performance.now();
    const style = palette(this.root);
    const drawn = CHARTS.filter(({ name }) => this.stale.has(name) && this.inView.has(name));
    if (!drawn.length) return;
    const x = this.curve.toAxis(this.axis);
    const shared = { style, x, range: this.range ?? this.#following(x), marks: this.#clusters(x) };
    for (const chart of drawn) {
      this.stale.delete(chart.name);
      const box = this.boxes.get(chart.name);
      const first = !box.data;
      const { traces, y } = this[`_${chart.name}`](shared);
      window.Plotly.react(box, [...traces, ...markTraces(shared, chart)], this.#layout(chart, shared, y), CONFIG);
      if (first) this.#listen(box);
    }
    this.draws += 1;
    this.root.dataset.draws = this.draws;
  }

  // ---- what is drawn -------------------------------------------------------------------------------------------

  _cost({ style, x }) {
    const { train, smoothed, dev } = this.curve.tracks;
    const at = this.curve.iterations("train").map(x);
    const floor = this.logarithmic ? lowest(train.columns.mean, dev.columns.costLow) : -Infinity;
    const clamp = (values) => values.map((v) => Math.max(v, floor));
    const thin = train.size > 1;
    const traces = [
      band(at, clamp(train.columns.low), null, style.band, "train"),
      band(at, clamp(train.columns.high), "tonexty", style.band, "train"),
      line("cost J of a mini-batch", at, clamp(train.columns.mean), style.train, thin ? 1 : 1.2, { legendgroup: "train" }),
    ];
    const still = this.smoothing === null;
    const averaged = this.curve.iterations("smoothed").map(x);
    traces.push(line("smoothed", still ? [] : averaged, still ? [] : clamp(smoothed.columns.mean), style.smoothed, 2.2));
    traces.push(line("dev cost", dev.columns.iteration.map(x), clamp(dev.columns.cost), style.dev, 2));
    return { traces, y: { type: this.logarithmic ? "log" : "linear", tickformat: "~g" } };
  }

  _accuracy({ style, x }) {
    const { dev } = this.curve.tracks;
    const at = dev.columns.iteration.map(x);
    const text = dev.columns.accuracy.map(percent);
    return {
      traces: [
        band(at, dev.columns.accuracyLow, null, style.devBand, "dev"),
        band(at, dev.columns.accuracyHigh, "tonexty", style.devBand, "dev"),
        line("dev accuracy", at, dev.columns.accuracy, style.dev, 2, { legendgroup: "dev", text, hoverinfo: "x+text" }),
      ],
      y: { tickformat: ".0%", type: "linear" },
    };
  }

  _rate({ style, x }) {
    const { train } = this.curve.tracks;
    const { now, forecast } = this.curve;
    const ends = train.columns.rate.map((_, i) =>
      Math.min(this.curve.start + (train.first + i + 1) * train.size, train.end),
    );
    const rates = [...train.columns.rate];
    if (train.end === now.iteration && now.rate !== null) {
      ends.push(now.iteration);
      rates.push(now.rate);
    }
    const ahead = forecast.iterations.map((t, i) => [t, forecast.rates[i]]).filter(([t]) => t > now.iteration);
    if (ahead.length && now.rate !== null) ahead.unshift([now.iteration, now.rate]);
    const style_ = { line: { color: style.rate, width: 2, shape: "hv" } };
    return {
      traces: [
        line("α in force", ends.map(x), rates, style.rate, 2, style_),
        line("forecast", ahead.map(([t]) => x(t)), ahead.map(([, a]) => a), style.rate, 1.5, {
          line: { color: style.rate, width: 1.5, dash: "dot" },
          opacity: 0.75,
        }),
      ],
      y: { type: "log", tickformat: "~g" },
    };
  }

  /** Interventions in sight, those that would touch taken together. */
  #clusters(x) {
    const range = this.range ?? this.#following(x);
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

  /** The x axis while nothing is zoomed: what was asked for, and a little ahead where α will go on falling. */
  #following(x) {
    const { start, now, forecast } = this.curve;
    const begin = this.span === null ? start : Math.max(start, now.iteration + this.span);
    const width = Math.max(now.iteration - begin, 1);
    const ahead = forecast.iterations.length ? 0.14 * width : 0.01 * width;
    return [x(begin), x(Math.max(now.iteration, start + 1) + ahead)];
  }

  #layout({ legend }, { style, range }, y) {
    const axis = { gridcolor: style.grid, linecolor: style.grid, zeroline: false, tickcolor: style.grid, fixedrange: false };
    return {
      autosize: true,
      margin: { l: 58, r: 10, t: legend ? 26 : 8, b: 34 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: style.font, size: 12, color: style.text },
      showlegend: legend,
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)", uirevision: "keep" },
      hovermode: "x",
      hoverlabel: { bgcolor: style.background, bordercolor: style.grid, font: { family: style.font, color: style.text } },
      dragmode: "zoom",
      uirevision: "keep",
      xaxis: {
        ...axis, range, autorange: false, uirevision: this.revision, automargin: false, nticks: 8,
        hoverformat: this.axis === "iteration" ? ",.0f" : ".2f",
        tickformat: this.axis === "iteration" ? "~s" : "", exponentformat: "none",
      },
      yaxis: { ...axis, ...y, autorange: true, uirevision: `${y.type}`, fixedrange: false, nticks: 6, hoverformat: ".4g", minorloglabels: "none" },
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
  }

  reset() {
    this.range = null;
    this.#mark();
    this.#lookAgain();
  }

  #mark() {
    this.revision += 1;
    this.root.dataset.zoom = this.range ? this.range.map((v) => short(v, 8)).join(" ") : "";
    this.unzoom.disabled = !this.range;
    this.changed();
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
    return Math.max(64, Math.round((this.boxes.get("cost")?.clientWidth ?? 600) - 68));
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
      this.reset();
    });
    const strengths = Object.keys(SMOOTHING);
    const smoothing = choice("Smoothing", Object.fromEntries(strengths.map((s) => [s, s])), strengths[2], (value) => {
      this.smoothing = SMOOTHING[value];
      this.changed();
      this.#lookAgain();
    });
    const log = element("input", { type: "checkbox", checked: true });
    log.addEventListener("change", () => {
      this.logarithmic = log.checked;
      this.changed();
    });
    this.unzoom = element("button", { type: "button", class: "panda-quiet", disabled: true }, "Reset zoom");
    this.unzoom.addEventListener("click", () => this.reset());
    return element(
      "div", { class: "panda-tools", role: "group", "aria-label": "Charts" },
      axis, span, smoothing, element("label", { class: "panda-check" }, log, "Log y"), this.unzoom,
    );
  }
}

const CONFIG = { displayModeBar: false, responsive: false, doubleClick: "autosize", displaylogo: false, scrollZoom: false };

function choice(label, options, value, chosen) {
  const select = element("select", {});
  for (const [key, text] of Object.entries(options)) select.append(element("option", { value: key, selected: key === value }, text));
  select.addEventListener("change", () => chosen(select.value));
  return element("label", { class: "panda-choice" }, element("span", {}, label), select);
}

const line = (name, x, y, color, width, more = {}) => ({
  type: "scatter", mode: "lines", name, x, y, line: { color, width }, hovertemplate: undefined, ...more,
});

const band = (x, y, fill, color, group) => ({
  type: "scatter", mode: "lines", x, y, fill: fill ?? "none", fillcolor: color, line: { width: 0.6, color },
  hoverinfo: "skip", showlegend: false, legendgroup: group,
});

/** Just below the least positive number, for log axes. */
function lowest(...columns) {
  let least = Infinity;
  for (const column of columns) for (const v of column) if (v > 0 && v < least) least = v;
  return Number.isFinite(least) ? least / 2 : 1e-12;
}

/** A line down from each marker, and the markers with their stories. */
function markTraces({ marks, style }, { name }) {
  const show = name === "cost";
  const lines = { x: [], y: [] };
  for (const { x } of marks) {
    lines.x.push(x, x, null);
    lines.y.push(0, 1, null);
  }
  return [
    {
      type: "scatter", mode: "lines", ...lines, yaxis: "y2", line: { color: style.mark, width: 1, dash: "dot" },
      hoverinfo: "skip", showlegend: false, legendgroup: "marks", opacity: 0.7,
    },
    {
      type: "scatter", mode: "markers+text", name: "interventions", legendgroup: "marks", showlegend: show && marks.length > 0,
      x: marks.map((m) => m.x), y: marks.map(() => 0.96), yaxis: "y2", cliponaxis: false,
      text: marks.map((m) => (m.marks.length > 1 ? String(m.marks.length) : "")),
      textfont: { color: style.background, size: 9 },
      marker: { symbol: "diamond", size: marks.map((m) => (m.marks.length > 1 ? 15 : 10)), color: style.mark, line: { width: 0 } },
      hovertext: marks.map((m) => m.marks.slice(-6).map(story).join("<br>") + (m.marks.length > 6 ? `<br>and ${m.marks.length - 6} before` : "")),
      hoverinfo: "text",
      customdata: marks.map((m) => m.marks.length),
    },
  ];
}

/** An intervention in one line; Plotly reads a little HTML in hover texts, so what people wrote is made harmless. */
function story(mark) {
  const note = mark.note ? ` “${plainText(mark.note.slice(0, 120))}”` : "";
  return `${whole(mark.iteration)}: ${plainText(changes(mark))} (${plainText(mark.author)})${note}`;
}

const plainText = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The colours of the page's theme, read anew at each drawing. */
function palette(root) {
  const style = getComputedStyle(root);
  const get = (name) => style.getPropertyValue(name).trim();
  return {
    text: get("--panda-text"), background: get("--panda-background"), grid: get("--panda-grid"), font: get("--panda-font"),
    train: faded(get("--panda-train"), 0.75), band: faded(get("--panda-train"), 0.22), smoothed: get("--panda-smoothed"),
    dev: get("--panda-dev"), devBand: faded(get("--panda-dev"), 0.2), rate: get("--panda-rate"), mark: get("--panda-mark"),
  };
}

const canvas = document.createElement("canvas").getContext("2d");

/** A colour of any notation, seen through. */
function faded(color, opacity) {
  canvas.fillStyle = color;
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(canvas.fillStyle.slice(at, at + 2), 16));
  return `rgba(${red},${green},${blue},${opacity})`;
}
