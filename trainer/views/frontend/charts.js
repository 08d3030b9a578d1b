// @ts-check
// The linked charts of one curve, one for each panel of series: cost, dev accuracy, α in force, and what is measured.
//
//     const charts = new Charts(element, curve, { look: (view) => ask the server for that stretch });
//     … for every frame:  curve.apply(buffer); charts.changed();
//     … of another session:  charts.reset();     in the end:  charts.destroy();
//
// Around the element there must be one of the class "panda", which brings the colours of the theme.

import { chartBox } from "./chart_box.js";
import { chartsToolbar } from "./charts_toolbar.js";
import { element } from "./element.js";
import { following } from "./following.js";
import { CONFIG, layoutOf } from "./layout.js";
import { Legend } from "./legend.js";
import { clustered, hollow, marks } from "./marks.js";
import { shown } from "./lines.js";
import { palette } from "./palette.js";
import { panels } from "./panels.js";
import { plotly } from "./plot.js";
import { served } from "./served.js";
import { short } from "./text.js";
import { Turns } from "./turns.js";

/** @typedef {import("./frames.js").Axis} Axis */
/** @typedef {import("./frames.js").Curve} Curve */
/** @typedef {import("./plot.js").Chart} Chart */
/** @typedef {import("./protocol.js").Look} ChartView */

const HELD = 300; // milliseconds after which a hand that moved something rests
const AWAITED = 500; // milliseconds that the curve of another stretch is waited for before that is drawn without it
const SETTLED = 80; // milliseconds after which the hand rests
const CROWDED = 16; // pixels between markers that would touch
const COARSE = 4; // pixels between points of what is only in the background
const SIDES = 86; // pixels of a chart that are beside its axes

/** Redraws at most four times a second, rests after a long drawing; only what is in view, and never during a drag. */
export class Charts {
  #root;
  #curve;
  #look;
  /** @type {Axis} */
  axis = "iteration";
  #logarithmic = true;
  /** @type {import("./served.js").Smoothing["beta"]} */
  #smoothing;
  #usualSmoothing;
  /** @type {number | null} where the view begins, see frames.py */
  #span = null;
  /** @type {[number, number] | null} of the x axis as zoomed by hand, in its units */
  #range = null;
  #revision = 0; // of the x range: another number lets Plotly take ours, the same leaves it alone
  #awaited = 0; // until when the curve of the stretch that was zoomed to is waited for
  #unzoomed = 0; // likewise of the y ranges
  #dragging = false;
  #draws = 0;
  #turns = new Turns(() => this.#draw());
  #legend = new Legend(() => this.#chosen());
  /** @type {Set<string>} names of charts that are not drawn as the curve is now */
  #stale = new Set();
  #panels = panels();
  #inView = new Set(this.#panels.map((panel) => panel.name));
  /** @type {Map<string, Chart>} */
  boxes = new Map();
  #observer;
  #resizer;
  #unzoom;
  #asking = 0; // the timers of #lookAgain and of zoom
  #awaiting = 0;
  #lookedAt = "";
  #width = 600; // pixels of the chart of the cost, while it is not shown what it was

  /**
   * @param {HTMLElement} root to fill
   * @param {Curve} curve
   * @param {object} options
   * @param {(view: ChartView) => unknown} options.look called when another stretch is wanted
   * @param {boolean} [options.spans] whether the last iterations can be chosen, as while a run goes on
   */
  constructor(root, curve, { look, spans = true }) {
    this.#root = root;
    this.#curve = curve;
    this.#look = look;
    this.#usualSmoothing = served.smoothings.find((one) => one.usual)?.beta ?? null;
    this.#smoothing = this.#usualSmoothing;
    this.#unzoom = element("button", { type: "button", class: "panda-quiet", disabled: true }, "Reset zoom");
    this.#unzoom.addEventListener("click", () => this.reset());
    const tools = chartsToolbar(this.axis, spans, {
      axis: (axis) => this.#chooseAxis(axis),
      span: (begin, name) => {
        this.#span = begin;
        root.dataset.span = name;
        this.reset();
      },
      smoothing: (beta) => {
        this.#smoothing = beta;
        this.#chosen();
        this.#lookAgain();
      },
      logarithmic: (on) => {
        this.#logarithmic = on;
        this.#chosen();
      },
    });
    tools.append(this.#unzoom);
    root.append(tools);
    for (const panel of this.#panels) this.#box(panel);
    this.#observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const { chart = "" } = /** @type {HTMLElement} */ (target).dataset;
        this.#inView[isIntersecting ? "add" : "delete"](chart);
      }
      this.#turns.next();
    });
    this.#resizer = new ResizeObserver(() => {
      this.changed();
      this.#lookAgain();
    });
    for (const box of this.boxes.values()) {
      this.#observer.observe(box);
      this.#resizer.observe(box);
    }
    for (const up of ["pointerup", "pointercancel"]) window.addEventListener(up, this.#release);
  }

  destroy() {
    this.#turns.stop();
    clearTimeout(this.#asking);
    clearTimeout(this.#awaiting);
    this.#observer.disconnect();
    this.#resizer.disconnect();
    for (const up of ["pointerup", "pointercancel"]) window.removeEventListener(up, this.#release);
    for (const box of this.boxes.values()) plotly()?.purge(box);
  }

  /**
   * The view to begin with.
   * @returns {ChartView}
   */
  view() {
    return { pixels: this.#pixels(), smoothing: this.#smoothing ?? this.#usualSmoothing ?? undefined };
  }

  /** The curve may have changed. */
  changed() {
    for (const { name } of this.#panels) this.#stale.add(name);
    this.#turns.next();
  }

  /** Show everything again, as after another run began: the zoom of the one before means nothing now. */
  reset() {
    this.#range = null;
    this.#unzoomed += 1;
    this.#mark();
    this.#lookAgain();
  }

  /**
   * Show a stretch of iterations, as if it was zoomed to by hand.
   * @param {number} begin
   * @param {number} end
   */
  zoom(begin, end) {
    const x = this.#curve.toAxis(this.axis);
    this.#range = [x(begin), x(end)];
    this.#awaited = performance.now() + AWAITED;
    clearTimeout(this.#awaiting);
    this.#awaiting = window.setTimeout(() => this.changed(), AWAITED);
    this.#mark();
    this.#lookAgain();
  }

  /** Whether the curve of what is in sight is waited for: without it nothing would be in sight. */
  get #waits() {
    if (!this.#range || performance.now() >= this.#awaited) return false;
    return !this.#curve.covers(this.#range.map(this.#curve.fromAxis(this.axis)));
  }

  /** The x range as zoomed to, in the units of its axis; another array after each zoom, and after that alone. */
  get zoomed() {
    return this.#range;
  }

  /**
   * The picture follows a hand: this chart is drawn at once, the others when the hand rests.
   * @param {string} name
   */
  now(name) {
    this.hold();
    this.#draw(name);
  }

  /** A picture of what is under the hand comes soon: no other drawing is to keep it waiting. */
  hold() {
    this.changed();
    this.#turns.after(HELD);
  }

  /** A person asked for something else: not to be kept waiting. */
  #chosen() {
    this.changed();
    this.#turns.after(0);
  }

  #release = () => {
    this.#dragging = false;
    this.#turns.next();
  };

  /** @param {string} [only] the name of a chart; else all that are stale */
  #draw(only) {
    if (this.#dragging || document.hidden || !this.#wide || !plotly() || (!only && this.#waits)) return;
    const begin = performance.now();
    const due = (/** @type {string} */ name) => this.#stale.has(name) && this.#inView.has(name);
    const drawn = this.#panels.filter(({ name }) => due(name) && (only ?? name) === name);
    if (!drawn.length) return;
    const mounting = drawn.some(({ name }) => !this.#boxOf(name).data);
    const x = this.#curve.toAxis(this.axis);
    const range = this.#range ?? following(this.#curve, this.#span, x);
    const pixel = (range[1] - range[0]) / this.#pixels(); // in units of the x axis
    const style = palette(this.#root);
    const { interventions, planned } = this.#curve;
    const clusters = clustered(interventions, x, range, CROWDED * pixel);
    const options = {
      logarithmic: this.#logarithmic,
      smoothing: this.#smoothing,
      coarse: COARSE * pixel,
      hidden: this.#legend.hidden,
    };
    for (const { name, legend, title, draw } of drawn) {
      this.#stale.delete(name);
      const box = this.#boxOf(name);
      const first = !box.data;
      const { traces, y, names } = draw(this.#curve, x, style, options);
      const layout = layoutOf(box, style, { axis: this.axis, range, y, names, legend, title });
      layout.xaxis.uirevision = this.#revision;
      layout.yaxis.uirevision = `${this.#unzoomed} ${y.type}`;
      const all = [...traces, ...marks(clusters, style, legend)];
      all.push(...hollow(planned, x, range, CROWDED * pixel, style, legend));
      if (legend) this.#legend.hide(all);
      plotly()?.react(box, all.filter(shown), layout, CONFIG);
      if (first) this.#listen(box);
    }
    this.#turns.drawn(begin, mounting);
    this.#root.dataset.draws = String(++this.#draws);
  }

  // ---- zoom ----------------------------------------------------------------------------------------------------

  /** @param {Chart} box */
  #listen(box) {
    box.on("plotly_relayout", (event) => {
      if (event["xaxis.range[0]"] !== undefined) {
        this.#range = [event["xaxis.range[0]"], event["xaxis.range[1]"]];
        this.#mark();
        this.#lookAgain();
      } else if (event["xaxis.autorange"]) this.reset();
    });
    this.#legend.listen(box);
  }

  /** @param {Axis} axis */
  #chooseAxis(axis) {
    const range = this.#range?.map(this.#curve.fromAxis(this.axis)).map(this.#curve.toAxis(axis));
    this.axis = axis;
    // the same array: the stretch is the same, and whoever zoomed to it knows it again
    if (this.#range && range) [this.#range[0], this.#range[1]] = range;
    this.#mark();
  }

  #mark() {
    this.#revision += 1;
    this.#root.dataset.zoom = this.#range ? this.#range.map((v) => short(v, 8)).join(" ") : "";
    this.#unzoom.disabled = !this.#range;
    this.#chosen();
  }

  /** Ask for the stretch in sight, once the hand rests. */
  #lookAgain() {
    clearTimeout(this.#asking);
    this.#asking = window.setTimeout(() => {
      const view = { begin: this.#span, end: /** @type {number | null} */ (null), ...this.view() };
      if (this.#range) {
        const t = this.#curve.fromAxis(this.axis);
        view.begin = Math.max(0, Math.floor(t(this.#range[0])));
        view.end = Math.max(view.begin + 1, Math.ceil(t(this.#range[1])));
      }
      const text = JSON.stringify(view);
      if (text === this.#lookedAt || !(this.#wide || this.#draws)) return; // another view may be shown
      this.#lookedAt = text;
      this.#look(view);
    }, SETTLED);
  }

  /** Pixels of the chart of the cost; 0 while no chart is in the page. */
  get #wide() {
    return this.boxes.get("cost")?.clientWidth ?? 0;
  }

  #pixels() {
    return Math.max(64, Math.round((this.#width = this.#wide || this.#width) - SIDES));
  }

  // ---- boxes ---------------------------------------------------------------------------------------------------

  /** @param {import("./panels.js").Panel} panel */
  #box({ name, heading, help }) {
    const { box, figure } = chartBox(name, heading, help);
    box.addEventListener("pointerdown", () => (this.#dragging = true));
    this.boxes.set(name, box);
    this.#root.append(figure);
  }

  /** @param {string} name */
  #boxOf(name) {
    const box = this.boxes.get(name);
    if (!box) throw new Error(`there is no chart ${name}`);
    return box;
  }
}
