// @ts-check
// The chart of one gauge over iterations: a line for each layer, on a canvas, as there are many of them.

import { Brush } from "./brush.js";
import { element, write } from "./element.js";
import { labelsOf, multiples, placeOf, rangeOf } from "./gauge_axis.js";
import { WHOLE } from "./gauge_table.js";
import { linkToCourse } from "./links.js";
import { capital, percent, short, whole } from "./text.js";

/** @typedef {import("./gauge_axis.js").Gauge} Gauge */
/** @typedef {import("./gauge_table.js").Line} Line */

/**
 * @typedef {object} Look what all charts of gauges share
 * @property {[number, number]} span iterations of the x axis
 * @property {number[]} changes iterations of interventions
 * @property {import("./palette.js").Palette} style
 * @property {(layer: number) => string} color of a layer's line
 * @property {(layer: number) => string} name of a layer
 */

const MARGIN = { l: 54, r: 10, t: 8, b: 22 };
const HEIGHT = 160; // pixels, as in layers.css
const EDGE = 4; // pixels of a mark for what is out of sight
const APART = 7; // pixels between such marks
const DOT = 1.8; // half the side of the dot of a value, where these are few or it has no neighbour
const NARROW = 4; // pixels of a gap that nobody sees
const FEW = 40; // values of a line

export class GaugeChart {
  #canvas = element("canvas", { class: "panda-gauge-canvas", role: "img" });
  #told = element("div", { class: "panda-gauge-told", "aria-hidden": "true", hidden: true });
  #beyond = element("span", { class: "panda-gauge-beyond" });
  /** @type {Line[]} */
  #lines = [];
  /** @type {[number, number]} of the y axis */
  #range = [0, 1];
  /** @type {Look | null} */
  #look = null;
  /** @type {number | null} iteration that is pointed at */
  #pointed = null;
  #gauge;
  details;
  node;

  /**
   * @param {Gauge} gauge
   * @param {(stretch: [number, number] | null) => void} zoom called with iterations that were marked, or to go back
   */
  constructor(gauge, zoom) {
    this.#gauge = gauge;
    const { label, shows, normal, course, name } = gauge;
    this.details = element(
      "details",
      { class: "panda-gauge-words" },
      element("summary", {}, "What is normal"),
      element("p", {}, shows),
      element("p", {}, element("strong", {}, "Normal: "), normal),
      element("p", { class: "panda-small" }, linkToCourse(course), "."),
    );
    const title = element("span", { class: "panda-gauge-title" }, capital(label));
    const stage = element("div", { class: "panda-gauge-stage" }, this.#canvas, this.#told);
    this.node = element(
      "figure",
      { class: "panda-gauge", "data-gauge": name },
      element("figcaption", {}, title, this.#beyond),
      this.details,
      stage,
    );
    new Brush(
      this.#canvas,
      stage,
      (from, to) => zoom([this.#iteration(from), this.#iteration(to)]),
      () => zoom(null),
    );
    this.#canvas.addEventListener("pointermove", (event) => this.#point(event.offsetX));
    this.#canvas.addEventListener("pointerleave", () => this.#point(null));
  }

  /**
   * @param {Line[]} lines
   * @param {Line[]} all the same, and what comes later: the axis is theirs, so that it stays while a run is played
   * @param {Look} look
   */
  draw(lines, all, look) {
    [this.#lines, this.#look] = [lines, look];
    this.#range = rangeOf(
      all.map(({ y }) => y),
      this.#gauge,
    );
    this.#paint();
  }

  #paint() {
    const [look, width] = [this.#look, this.#canvas.clientWidth];
    if (!look || !width) return;
    const context = contextOf(this.#canvas, width);
    const range = this.#range;
    const [inner, outer] = [width - MARGIN.l - MARGIN.r, HEIGHT - MARGIN.t - MARGIN.b];
    const [from, to] = look.span;
    const x = (/** @type {number} */ t) => MARGIN.l + (inner * (t - from)) / Math.max(1, to - from);
    const y = (/** @type {number} */ v) => MARGIN.t + outer * (1 - placeOf(v, range, this.#gauge.scale));
    const area = { left: MARGIN.l, right: width - MARGIN.r, top: MARGIN.t, bottom: MARGIN.t + outer };
    this.#ground(context, look, area, range, x, y);
    let beyond = 0;
    for (const line of this.#lines) {
      context.setLineDash(line.layer === WHOLE && this.#lines.length > 1 ? [5, 3] : []); // over those of the layers
      beyond += drawLine(context, line, look.color(line.layer), area, x, y);
    }
    context.setLineDash([]);
    write(this.#beyond, beyond ? `${whole(beyond)} beyond the edge` : "");
    this.#tell(context, look, area, x);
    this.#canvas.setAttribute("aria-label", this.#spoken(look));
  }

  /**
   * The band of what is healthy, the grid, the labels and the changes.
   * @param {CanvasRenderingContext2D} context
   * @param {Look} look
   * @param {Area} area
   * @param {[number, number]} range
   * @param {(t: number) => number} x
   * @param {(v: number) => number} y
   */
  #ground(context, { style, span, changes }, area, range, x, y) {
    const { low, high } = this.#gauge;
    const { left, right, top, bottom } = area;
    if (low !== null || high !== null) {
      const inside = (/** @type {number} */ v) => Math.min(bottom, Math.max(top, v));
      const [upper, lower] = [high === null ? top : inside(y(high)), low === null ? bottom : inside(y(low))];
      context.fillStyle = style.healthy;
      context.fillRect(left, upper, right - left, lower - upper);
    }
    context.font = `11px ${style.font}`;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const { at, text } of labelsOf(range, this.#gauge)) {
      stroke(context, style.grid, 1, left, y(at), right, y(at));
      context.fillStyle = style.text;
      context.fillText(text, left - 6, y(at));
    }
    context.textBaseline = "top";
    for (const at of multiples(span[0], Math.max(span[1], span[0] + 1))) {
      if (!Number.isInteger(at)) continue;
      stroke(context, style.grid, 1, x(at), top, x(at), bottom);
      context.fillStyle = style.text;
      context.textAlign = x(at) > right - 20 ? "right" : "center";
      context.fillText(whole(at), Math.min(x(at), right), bottom + 6);
    }
    for (const at of changes) stroke(context, style.mark, 1, x(at), top, x(at), bottom, [2, 3]);
  }

  /** @param {number | null} at pixels from the left of the canvas */
  #point(at) {
    const look = this.#look;
    if (!look) return;
    const all = this.#lines[0]?.x ?? [];
    const near = at === null ? NaN : this.#iteration(at);
    const better = (/** @type {number} */ best, /** @type {number} */ t) =>
      Math.abs(t - near) < Math.abs(best - near) ? t : best;
    this.#pointed = at === null || !all.length ? null : all.reduce(better);
    this.#paint();
  }

  /**
   * The iteration at a place of the canvas, inside its axis.
   * @param {number} at pixels from the left
   */
  #iteration(at) {
    const [from, to] = this.#look?.span ?? [0, 1];
    const inner = this.#canvas.clientWidth - MARGIN.l - MARGIN.r;
    return from + Math.min(1, Math.max(0, (at - MARGIN.l) / inner)) * (to - from);
  }

  /**
   * The values where it is pointed at.
   * @param {CanvasRenderingContext2D} context
   * @param {Look} look
   * @param {Area} area
   * @param {(t: number) => number} x
   */
  #tell(context, look, { left, right, top, bottom }, x) {
    const t = this.#pointed;
    this.#told.hidden = t === null;
    if (t === null) return;
    stroke(context, look.style.text, 1, x(t), top, x(t), bottom, [1, 2]);
    const rows = this.#lines.map(({ layer, x: at, y }) => {
      const chip = element("i", { class: "panda-gauge-chip" });
      chip.style.background = look.color(layer);
      return element("div", {}, chip, `${look.name(layer)}: ${this.written(y[at.indexOf(t)])}`);
    });
    this.#told.replaceChildren(element("div", {}, `iteration ${whole(t)}`), ...rows);
    const onTheRight = x(t) < (left + right) / 2;
    Object.assign(this.#told.style, {
      left: onTheRight ? `${x(t) + 10}px` : "",
      right: onTheRight ? "" : `${this.#canvas.clientWidth - x(t) + 10}px`,
    });
  }

  /** @param {Look} look */
  #spoken({ name }) {
    const values = this.#lines.map(({ layer, y }) => `${name(layer)} ${this.written(y.at(-1))}`);
    return `${this.#gauge.label} over iterations; latest: ${values.join(", ")}`;
  }

  /**
   * A value as people read it.
   * @param {number | undefined} value
   */
  written(value) {
    if (value === undefined || Number.isNaN(value)) return "–";
    return this.#gauge.percent ? percent(value) : short(value);
  }
}

/** @typedef {{ left: number, right: number, top: number, bottom: number }} Area */

/**
 * A canvas as wide as it is shown, sharp on every screen, and empty.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 */
function contextOf(canvas, width) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser has no canvas");
  const [w, h] = [width, HEIGHT].map((side) => Math.round(side * devicePixelRatio));
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, width, HEIGHT);
  return context;
}

/**
 * Draw a line; what is out of sight is marked at the edge. How many values are.
 * @param {CanvasRenderingContext2D} context
 * @param {Line} line
 * @param {string} color
 * @param {Area} area
 * @param {(t: number) => number} x
 * @param {(v: number) => number} y
 */
function drawLine(context, line, color, area, x, y) {
  const { top, bottom, left, right } = area;
  context.save();
  context.beginPath();
  context.rect(left, top - 1, right - left, bottom - top + 2);
  context.clip();
  context.beginPath();
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  /** @type {{ at: number, up: boolean }[]} */
  const beyond = [];
  const known = (/** @type {number | undefined} */ v) => v !== undefined && !Number.isNaN(v);
  const joined = (/** @type {number} */ i) =>
    known(line.y[i - 1]) &&
    known(line.y[i]) &&
    !(line.apart?.has(line.x[i]) && x(line.x[i]) - x(line.x[i - 1]) > NARROW);
  line.y.forEach((value, i) => {
    if (!known(value)) return;
    const [u, v] = [x(line.x[i]), y(value)];
    if (v < top - 1 || v > bottom + 1) beyond.push({ at: u, up: v < top });
    const place = Math.min(bottom + 40, Math.max(top - 40, v)); // a line leaves the picture where it is drawn to there
    const [before, after] = [joined(i), joined(i + 1)];
    if (before) context.lineTo(u, place);
    else context.moveTo(u, place);
    if (line.y.length <= FEW || !(before || after)) context.fillRect(u - DOT, place - DOT, 2 * DOT, 2 * DOT);
  });
  context.stroke();
  context.restore();
  context.fillStyle = color;
  let last = { at: -Infinity, up: false };
  for (const mark of beyond) {
    if (mark.up === last.up && mark.at - last.at < APART) continue;
    last = mark;
    const [edge, way] = mark.up ? [top, 1] : [bottom, -1];
    context.beginPath();
    context.moveTo(mark.at, edge - way);
    context.lineTo(mark.at - EDGE, edge + way * (EDGE + 1));
    context.lineTo(mark.at + EDGE, edge + way * (EDGE + 1));
    context.fill();
  }
  return beyond.length;
}

/** @type {(context: CanvasRenderingContext2D, color: string, width: number, x: number, y: number, u: number, v: number, dash?: number[]) => void} */
function stroke(context, color, width, x, y, u, v, dash = []) {
  context.save();
  context.beginPath();
  context.setLineDash(dash);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.moveTo(x, y);
  context.lineTo(u, v);
  context.stroke();
  context.restore();
}
