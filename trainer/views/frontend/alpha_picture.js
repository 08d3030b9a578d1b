// @ts-check
// The picture of the α finder: the cost over log α, of the range test and of the grid, with the dev cost of the grid; the
// suggested range, the present α and the speed limit are marked.

import { element, write } from "./element.js";
import { further } from "./foreseen.js";
import { CONFIG, lookOf } from "./layout.js";
import { highest, line, lowest, some, ticks, told } from "./lines.js";
import { palette } from "./palette.js";
import { plotly } from "./plot.js";
import { capital, short, whole } from "./text.js";

/** @typedef {import("./lines.js").Numbers} Numbers */
/** @typedef {import("./palette.js").Palette} Palette */

/**
 * @typedef {object} FoundAlpha see foreseen.py; a number that is not finite is null
 * @property {number} at
 * @property {number} iterations
 * @property {number} present
 * @property {number | null} dev_cost
 * @property {number[]} learning_rates
 * @property {Numbers} costs
 * @property {Numbers} dev_costs
 * @property {{ learning_rates: number[], costs: Numbers }} range_test
 * @property {{ low: number | null, high: number | null }} suggested
 * @property {"suggested" | "least harm" | "no difference"} verdict on it
 * @property {{ text: string, learning_rate: number | null } | null} limit
 * @property {string} text why
 * @property {string[]} notes
 */

const ABOVE = 4; // times the lowest and the present cost are in sight: what diverges leaves the picture

/**
 * @param {FoundAlpha} found
 * @param {Palette} style
 */
export function alphaTraces({ learning_rates, costs, dev_costs, range_test, iterations }, style) {
  const after = `after ${whole(iterations)}`;
  return [
    line("range test, cost", range_test.learning_rates, range_test.costs, style.train, 1.5, told(range_test.costs, 3)),
    line(`cost ${after}`, learning_rates, costs, style.smoothed, 2, told(costs, 3)),
    {
      ...line(`dev cost ${after}`, learning_rates, dev_costs, style.dev, 2, told(dev_costs, 3)),
      mode: "lines+markers",
      marker: { size: 5 },
    },
  ];
}

/**
 * The least and the greatest cost in sight.
 * @param {FoundAlpha} found
 * @returns {[number, number]}
 */
export function costsInSight({ costs, dev_costs, range_test, dev_cost }) {
  const columns = [costs, dev_costs, range_test.costs];
  const least = some(lowest(...columns));
  const bottoms = columns.map((column) => lowest(column)).filter(Number.isFinite);
  return [least, ABOVE * highest(bottoms, [dev_cost])];
}

/**
 * The suggested range as a band, the present α and the speed limit as lines.
 * @param {FoundAlpha} found
 * @param {Palette} style
 */
export function alphaShapes({ suggested: { low, high }, present, limit, learning_rates }, style) {
  const [least, most] = [learning_rates[0], learning_rates[learning_rates.length - 1]];
  const across = (/** @type {number} */ x0, /** @type {number} */ x1, /** @type {object} */ more) => ({
    type: "rect",
    x0,
    x1,
    y0: 0,
    y1: 1,
    yref: "paper",
    layer: "below",
    ...more,
  });
  const shapes = [];
  if (low !== null && high !== null)
    shapes.push(across(low, high, { fillcolor: style.devBand, line: { color: style.dev, width: low < high ? 1 : 3 } }));
  const upright = (/** @type {number} */ x, /** @type {object} */ drawn) => across(x, x, { type: "line", line: drawn });
  if (present > 0) shapes.push(upright(present, { color: style.rate, width: 2 }));
  const stable = limit?.learning_rate ?? null;
  if (stable !== null && stable >= least && stable <= most)
    shapes.push(upright(stable, { color: style.mark, width: 1.5, dash: "dash" }));
  return shapes;
}

/** @param {FoundAlpha} found */
function sentencesOf({ at, suggested: { low, high }, verdict, text, limit, notes }) {
  const ends = [...new Set([low, high].filter((end) => end !== null).map((end) => short(end)))];
  const where = `At iteration ${whole(at)}`;
  const range = `${where} α ${ends.length > 1 ? "from" : "="} ${ends.join(" to ")}`;
  const first = {
    suggested: [`${range} is suggested: ${text}`],
    "least harm": [`${range} does the least harm`, text],
    "no difference": [`${where} ${text}`],
  }[verdict];
  const sentences = ends.length ? first : ["No α is suggested", text];
  return [...sentences, ...(limit ? [limit.text] : []), ...notes].map((each) => `${capital(each)}.`).join(" ");
}

export class AlphaPicture {
  #box = element("div", { class: "panda-alpha-chart", role: "img" });
  #said = element("p", { class: "panda-small", role: "status" });
  #figure = element(
    "figure",
    { class: "panda-figure panda-alpha", hidden: true },
    element("figcaption", {}, "Cost over α"),
    this.#box,
    element(
      "p",
      { class: "panda-small" },
      "Band: suggested, or what does the least harm, or makes no difference. Line: α in force. Dashed: speed limit, where it is in the picture.",
    ),
  );
  #ago = element("p", { class: "panda-small" });
  node = element("div", {}, this.#said, this.#ago, this.#figure);
  /** @type {FoundAlpha | null} */
  #found = null;
  #resizer = new ResizeObserver(() => this.recolour());

  constructor() {
    this.#resizer.observe(this.#figure);
  }

  destroy() {
    this.#resizer.disconnect();
    plotly()?.purge(this.#box);
  }

  get any() {
    return this.#said.hasChildNodes();
  }

  /** Its picture is of other settings: what was said stays. */
  hide() {
    this.#figure.hidden = true;
  }

  clear() {
    this.hide();
    this.isOf(0);
    write(this.#said, "");
  }

  /** @param {number} passed how many iterations ago it was found */
  isOf(passed) {
    write(this.#ago, further(passed));
  }

  /** @param {FoundAlpha} found */
  show(found) {
    this.#found = found;
    this.#figure.hidden = false;
    write(this.#said, sentencesOf(found));
    const { low, high } = found.suggested;
    const suggested = low === null ? "none is suggested" : `${found.verdict} from ${short(low)} to ${short(high)}`;
    const alt = `Chart: cost over α at iteration ${whole(found.at)}; α in force ${short(found.present)}, ${suggested}`;
    this.#box.setAttribute("aria-label", alt);
    this.recolour();
  }

  /** Draw it again: its width or the theme may be another one. */
  recolour() {
    const found = this.#found;
    if (!found || !this.#box.clientWidth) return;
    const style = palette(this.node);
    const { learning_rates: rates, present } = found;
    const [least, most] = costsInSight(found);
    const [from, to] = [Math.min(rates[0], present || rates[0]), Math.max(rates[rates.length - 1], present)];
    const lines = { gridcolor: style.grid, linecolor: style.grid, tickcolor: style.grid, zeroline: false };
    const layout = {
      width: this.#box.clientWidth,
      height: this.#box.clientHeight,
      margin: { l: 64, r: 10, t: 26, b: 46 },
      ...lookOf(style),
      showlegend: true,
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
      hovermode: "x",
      shapes: alphaShapes(found, style),
      xaxis: {
        ...lines,
        ...ticks(from, to),
        type: "log",
        range: [Math.log10(from / 1.2), Math.log10(to * 1.2)],
        title: { text: "α", standoff: 8 },
        hoverformat: ".4~g",
        fixedrange: true,
      },
      yaxis: {
        ...lines,
        ...ticks(least, most),
        type: "log",
        range: [Math.log10(least / 1.3), Math.log10(most)],
        fixedrange: true,
      },
    };
    plotly()?.react(this.#box, alphaTraces(found, style), layout, CONFIG);
  }
}
