// @ts-check
// Parallel coordinates: an axis for each hyperparameter on its proper scale and one for the dev cost, a line for each
// trial. Dragging along an axis brushes a range of it.

import { element } from "./element.js";
import { costPosition } from "./search_colors.js";
import { whenDragged } from "./search_drag.js";
import { Picture, legendEntry, svg, titled } from "./search_picture.js";
import { trialInWords } from "./search_words.js";

/** @typedef {import("./search_facts.js").Dimension} Dimension */
/** @typedef {import("./search_facts.js").Trial} Trial */
/** @typedef {import("./search_shown.js").Shown} Shown */

const [HEIGHT, TOP, BOTTOM, LEFT, RIGHT] = [340, 34, 14, 34, 58];
const NARROWEST = 84; // pixels from one axis to the next; where there is less, the picture can be scrolled
const FULL_LABEL = 150; // pixels that a label in full has room in
const REACH = 18; // pixels beside an axis where a drag begins
const CLICK = 4; // pixels: a shorter drag takes the brush away
const SHADES = 14; // as many paths, so that a thousand trials are drawn quickly

export class Coordinates {
  #shown;
  #brushed;
  picture = new Picture("Every trial a line: parallel coordinates", (width) => this.#draw(width));
  #brushes = svg("g");
  /** @type {{ name: string, x: number }[]} */
  #axes = [];

  /**
   * @param {Shown} shown
   * @param {() => void} brushed the brush that all pictures share has changed
   */
  constructor(shown, brushed) {
    this.#shown = shown;
    this.#brushed = brushed;
  }

  changed() {
    const { search } = this.#shown;
    const names = search.dimensions.map(({ label }) => label).join(", ");
    this.picture.describe(
      `Parallel coordinates of ${search.trials.length} trials along ${names} and the dev cost; all of it is in the` +
        ` table below. Drag along an axis to mark a range, or type ranges into the form above.`,
    );
    this.picture.changed();
  }

  /** The brush is another; nothing else. */
  brush() {
    const { marked } = this.#shown;
    const nodes = this.#axes.flatMap(({ name, x }) => {
      const extent = marked[name];
      if (!extent) return [];
      const [low, high] = extent;
      const size = { x: x - 11, y: yOf(high), width: 22, height: Math.max(2, yOf(low) - yOf(high)) };
      return [svg("rect", { class: "panda-brush", ...size })];
    });
    this.#brushes.replaceChildren(...nodes);
  }

  /** @param {number} room */
  #draw(room) {
    const { dimensions } = this.#shown.search;
    const width = Math.max(room, LEFT + RIGHT + dimensions.length * NARROWEST);
    const gap = dimensions.length ? (width - LEFT - RIGHT) / dimensions.length : 0;
    this.#axes = dimensions.map(({ name }, i) => ({ name, x: LEFT + i * gap }));
    const drawing = svg("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` });
    drawing.append(
      this.#lines(width - RIGHT),
      ...dimensions.map((dimension, i) => this.#axis(dimension, LEFT + i * gap, gap)),
      this.#costAxis(width - RIGHT),
      this.#brushes,
      ...this.#axes.map(({ name, x }) => this.#handle(drawing, name, x)),
    );
    this.brush();
    this.picture.box.replaceChildren(drawing);
    const { box } = this.picture;
    box.style.overflowX = width > room ? "auto" : "";
    if (width > room)
      box.setAttribute("tabindex", "0"); // so that the keyboard scrolls it
    else box.removeAttribute("tabindex");
    const dashed = legendEntry("under-way", "dashed: under way");
    const underWay = this.#shown.search.trials.some((trial) => trial.state === "training") ? [dashed] : [];
    const legend = element("div", { class: "panda-legend" }, ...this.#shown.legend({ boxes: true }), ...underWay);
    this.picture.under.replaceChildren(legend);
  }

  /** @param {number} end x of the axis of the dev cost */
  #lines(end) {
    const { search, best, costs } = this.#shown;
    /** @type {Map<string, { place: number | null, underWay: boolean, paths: string[] }>} */
    const shades = new Map();
    const group = svg("g", { fill: "none" });
    for (const trial of search.trials) {
      if (trial === best) continue;
      const exact = this.#shown.place(trial);
      const place = exact === null ? null : Math.round(exact * SHADES) / SHADES;
      const underWay = trial.state === "training" || trial.state === "waiting";
      const key = `${place} ${underWay}`;
      const shade = shades.get(key) ?? { place, underWay, paths: [] };
      shade.paths.push(this.#path(trial, end, costs));
      shades.set(key, shade);
    }
    const worstFirst = [...shades.values()].sort((a, b) => (b.place ?? 2) - (a.place ?? 2));
    for (const { place, underWay, paths } of worstFirst) {
      const dash = underWay ? "5 4" : null;
      const stroke = `stroke:${this.#shown.color(place)}`;
      group.append(svg("path", { d: paths.join(""), style: stroke, class: "panda-line", "stroke-dasharray": dash }));
    }
    if (best) {
      const looks = { class: "panda-line panda-line-best", style: `stroke:${this.#shown.color(0)}` };
      const line = svg("path", { d: this.#path(best, end, costs), ...looks });
      group.append(titled(line, trialInWords(best, search.dimensions)));
    }
    return group;
  }

  /**
   * @param {Trial} trial
   * @param {number} end
   * @param {import("./search_colors.js").CostRange | null} costs
   */
  #path(trial, end, costs) {
    let path = "";
    for (const { name, x } of this.#axes) {
      const at = trial.unit[name];
      if (at !== null && at !== undefined) path += `${path ? "L" : "M"}${x.toFixed(1)} ${yOf(at).toFixed(1)}`;
    }
    if (path && trial.dev_cost !== null && costs)
      path += `L${end} ${yOf(costPosition(trial.dev_cost, costs)).toFixed(1)}`;
    return path;
  }

  /**
   * @param {Dimension} dimension
   * @param {number} x
   * @param {number} gap to the next axis
   */
  #axis({ name, label, symbol, ticks }, x, gap) {
    const { round, search } = this.#shown;
    const node = svg("g", { class: "panda-axis" }, svg("line", { x1: x, x2: x, y1: yOf(0), y2: yOf(1) }));
    const box = round?.unit[name];
    if (box) node.append(svg("line", { class: "panda-box-line", x1: x, x2: x, y1: yOf(box[0]), y2: yOf(box[1]) }));
    const zoom = search.zoom_unit?.[name];
    if (zoom) {
      node.append(svg("line", { class: "panda-zoom-line", x1: x - 7, x2: x - 7, y1: yOf(zoom[0]), y2: yOf(zoom[1]) }));
    }
    for (const { at, text } of ticks) {
      node.append(svg("line", { x1: x, x2: x + 5, y1: yOf(at), y2: yOf(at) }));
      node.append(svg("text", { x: x + 8, y: yOf(at) + 4 }, text));
    }
    const title = gap >= FULL_LABEL ? label : symbol;
    node.append(svg("text", { x: x - 8, y: 16, class: "panda-axis-title" }, title));
    return titled(node, label);
  }

  /** @param {number} x */
  #costAxis(x) {
    const node = svg("g", { class: "panda-axis" }, svg("line", { x1: x, x2: x, y1: yOf(0), y2: yOf(1) }));
    node.append(svg("text", { x: x + 50, y: 16, class: "panda-axis-title", "text-anchor": "end" }, "dev cost"));
    for (const { at, text } of this.#shown.costTicks()) {
      node.append(svg("line", { x1: x, x2: x + 5, y1: yOf(at), y2: yOf(at) }));
      node.append(svg("text", { x: x + 8, y: yOf(at) + 4 }, text));
    }
    return node;
  }

  /**
   * Where a drag along an axis begins.
   * @param {Element} drawing
   * @param {string} name
   * @param {number} x
   */
  #handle(drawing, name, x) {
    const size = { x: x - REACH, y: TOP - 8, width: 2 * REACH, height: HEIGHT - TOP - BOTTOM + 16 };
    const handle = svg("rect", { class: "panda-handle", "data-axis": name, ...size });
    let before = { ...this.#shown.brush };
    const over = () => {
      this.#brushed();
      this.picture.release();
    };
    whenDragged(handle, drawing, {
      begins: () => {
        before = { ...this.#shown.brush };
        return (this.picture.held = true);
      },
      moves: ([, from], [, to]) => {
        this.#shown.brush[name] = [unitOf(Math.max(from, to)), unitOf(Math.min(from, to))];
        this.brush();
      },
      ends: ([, from], [, to]) => {
        if (Math.abs(to - from) < CLICK) delete this.#shown.brush[name];
        over();
      },
      cancelled: () => {
        this.#shown.brush = before;
        over();
      },
    });
    return handle;
  }
}

/** @param {number} at position along an axis */
const yOf = (at) => HEIGHT - BOTTOM - at * (HEIGHT - TOP - BOTTOM);

/** @param {number} y */
const unitOf = (y) => Math.min(1, Math.max(0, (HEIGHT - BOTTOM - y) / (HEIGHT - TOP - BOTTOM)));
