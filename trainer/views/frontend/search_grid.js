// @ts-check
// Why not a grid: what one of as many points would try, beside what the trials of this search tried.

import { element } from "./element.js";
import { distinctPositions, distinctValues } from "./search_facts.js";
import { Picture, svg } from "./search_picture.js";
import { plane } from "./search_plane.js";
import { gridInWords } from "./search_words.js";
import { whole } from "./text.js";

/** @typedef {import("./search_shown.js").Shown} Shown */

const [HEIGHT, RUG, GAP, ROW] = [250, 14, 12, 420]; // pixels; from ROW on there is room for two in a row

export class GridBesideRandom {
  #shown;
  picture = new Picture("A grid, and the trials of this search", (width) => this.#draw(width));

  /** @param {Shown} shown */
  constructor(shown) {
    this.#shown = shown;
  }

  changed() {
    this.picture.node.hidden = !this.#shown.search.grid;
    this.picture.describe(`Two pictures side by side. ${gridInWords(this.#shown.search)}`);
    this.picture.changed();
  }

  /** @param {number} room */
  #draw(room) {
    const { search } = this.#shown;
    const { grid, trials } = search;
    if (!grid) return;
    const [x, y] = grid.names;
    const tried = trials.filter((trial) => typeof trial.unit[x] === "number" && typeof trial.unit[y] === "number");
    const own = tried.map((trial) => /** @type {[number, number]} */ ([trial.unit[x], trial.unit[y]]));
    const xs = [grid.points, own].map((points) => distinctPositions(points.map(([at]) => at)));
    const width = room >= ROW ? (room - GAP) / 2 : room;
    const symbol = search.dimensions.find(({ name }) => name === x)?.symbol ?? x;
    const of = (/** @type {string} */ who, /** @type {number} */ n) => `${who}: ${whole(n)} values of ${symbol}`;
    this.picture.box.replaceChildren(
      element(
        "div",
        { class: "panda-pair" },
        this.#small(width, grid.points, xs[0], of(`grid of ${whole(grid.points.length)}`, xs[0].length), "grid"),
        this.#small(width, own, xs[1], of(`these ${whole(own.length)} trials`, distinctValues(tried, x)), "own"),
      ),
    );
    this.picture.under.replaceChildren(element("p", { class: "panda-small" }, gridInWords(search)));
  }

  /**
   * @param {number} width
   * @param {[number, number][]} points
   * @param {number[]} xs where there is a value of the horizontal axis
   * @param {string} title
   * @param {string} kind
   */
  #small(width, points, xs, title, kind) {
    const { dimensions } = this.#shown.search;
    const [x, y] = (this.#shown.search.grid?.names ?? []).map((name) => dimensions.find((one) => one.name === name));
    const axis = (/** @type {import("./search_facts.js").Dimension | undefined} */ one) => ({
      text: one?.symbol ?? "",
      ticks: one?.ticks ?? [],
    });
    const { drawing, xOf, yOf, low } = plane(width, HEIGHT, axis(x), axis(y), { left: 46, rug: RUG });
    drawing.append(svg("text", { x: width - 14, y: 13, "text-anchor": "end", class: "panda-small-title" }, title));
    // one path each, whatever their number
    const rug = xs.map((at) => `M${xOf(at).toFixed(1)} ${low + 2}v${RUG - 4}`).join("");
    const dots = points.map(([px, py]) => `M${xOf(px).toFixed(1)} ${yOf(py).toFixed(1)}h0`).join("");
    drawing.append(
      svg("path", { class: "panda-rug", d: rug, "data-marks": xs.length }),
      svg("path", { class: `panda-dots panda-dot-${kind}`, d: dots, "data-marks": points.length }),
    );
    return drawing;
  }
}
