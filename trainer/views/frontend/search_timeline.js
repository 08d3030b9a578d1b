// @ts-check
// When each trial was under way: a bar from its beginning to its end, in as many rows as there were at a time.

import { element } from "./element.js";
import { timeline } from "./search_facts.js";
import { Picture, legendEntry, svg, titled } from "./search_picture.js";
import { counted, trialInWords } from "./search_words.js";
import { duration } from "./text.js";

/** @typedef {import("./search_shown.js").Shown} Shown */

const [LEFT, RIGHT, AXIS, MOST] = [12, 18, 34, 260]; // pixels; MOST is for all rows together
const ROW = 22;
const ROOM = 22; // pixels of a bar in which the number of its trial is written
const STEPS = [1, 2, 5];

export class Timeline {
  #shown;
  picture = new Picture("When each trial was under way", (width) => this.#draw(width));

  /** @param {Shown} shown */
  constructor(shown) {
    this.#shown = shown;
    this.picture.node.classList.add("panda-wide");
  }

  changed() {
    const { trials, seconds = 0 } = this.#shown.search;
    const bars = timeline(trials, seconds);
    const rows = 1 + Math.max(-1, ...bars.map(({ row }) => row));
    this.picture.describe(`Timeline of ${counted(bars.length, "trial")} over ${duration(seconds)}, ${rows} at a time.`);
    this.picture.changed();
  }

  /** @param {number} width */
  #draw(width) {
    const { search } = this.#shown;
    const bars = timeline(search.trials, search.seconds ?? 0);
    const unknown = search.trials.filter((trial) => trial.begun === null && trial.state !== "waiting").length;
    const earlier = `${counted(unknown, "trial")} of an earlier time: when they were under way is not recorded.`;
    const said = element("p", { class: "panda-small", hidden: !unknown }, earlier);
    if (!bars.length) {
      this.picture.box.replaceChildren(...(unknown ? [] : [element("p", {}, "No trial has begun yet.")]));
      this.picture.under.replaceChildren(said);
      return;
    }
    const rows = 1 + Math.max(...bars.map(({ row }) => row));
    const each = Math.max(2, Math.min(ROW, MOST / rows));
    const height = each * rows + AXIS;
    const [begin, end] = [Math.min(...bars.map((bar) => bar.begin)), Math.max(...bars.map((bar) => bar.end), 1e-3)];
    const scale = (width - LEFT - RIGHT) / Math.max(end - begin, 1e-3);
    const xOf = (/** @type {number} */ t) => LEFT + (t - begin) * scale;
    const drawing = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "panda-timeline" });
    for (const t of secondsAlong(begin, end, width / 90)) {
      const x = xOf(t);
      drawing.append(svg("line", { x1: x, x2: x, y1: 0, y2: height - AXIS, class: "panda-grid-line" }));
      drawing.append(
        svg("text", { x, y: height - AXIS + 14, "text-anchor": "middle" }, String(Number(t.toPrecision(6)))),
      );
    }
    const middle = LEFT + (width - LEFT - RIGHT) / 2;
    drawing.append(
      svg("text", { x: middle, y: height - 3, "text-anchor": "middle" }, "seconds since the search began"),
    );
    for (const { trial, row, begin: from, end: until } of bars) {
      const size = { x: xOf(from), y: row * each, width: Math.max(1.5, xOf(until) - xOf(from) - 0.5) };
      const bar = svg("rect", { ...size, height: Math.max(1.5, each - 2), "data-state": trial.state });
      drawing.append(titled(bar, trialInWords(trial, search.dimensions)));
      if (size.width >= ROOM && each >= 12) {
        const at = { x: size.x + size.width / 2, y: size.y + each / 2 + 3, "text-anchor": "middle" };
        drawing.append(svg("text", { ...at, class: "panda-bar-text" }, String(trial.index)));
      }
    }
    const states = [...new Set(bars.map(({ trial }) => trial.state))];
    const keys = states.map((state) => legendEntry(`bar-${state}`, state === "training" ? "under way" : state));
    this.picture.box.replaceChildren(drawing);
    this.picture.under.replaceChildren(element("div", { class: "panda-legend" }, ...keys), said);
  }
}

/**
 * Round numbers of seconds, about so many.
 * @param {number} begin
 * @param {number} end
 * @param {number} about
 */
function secondsAlong(begin, end, about) {
  const least = (end - begin) / Math.max(2, about);
  const power = 10 ** Math.floor(Math.log10(least || 1));
  const step = power * (STEPS.find((each) => each * power >= least) ?? 10);
  const first = Math.ceil(begin / step);
  return Array.from({ length: Math.floor(end / step) - first + 1 }, (_, i) => (first + i) * step);
}
