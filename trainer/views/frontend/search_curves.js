// @ts-check
// Two charts over which one can zoom: the learning curves of the trials, and the best dev cost after each trial.

import { lookOf } from "./layout.js";
import { palette } from "./palette.js";
import { plotly } from "./plot.js";
import { bestSoFar, isOver } from "./search_facts.js";
import { Picture } from "./search_picture.js";
import { counted, trialInWords } from "./search_words.js";
import { measured } from "./text.js";

/** @typedef {import("./plot.js").Chart} Chart */
/** @typedef {import("./plot.js").Trace} Trace */
/** @typedef {import("./search_facts.js").Trial} Trial */
/** @typedef {import("./search_shown.js").Shown} Shown */

const HEIGHT = 300;
const CROWDED = 1500; // points, from which on they have no markers
const MOST = 4000; // points of all curves, from which on a part of them is drawn
const MANY = 300; // trials, from which on each is a dash of one line: so many markers take the browser long
const DASH = 3; // pixels
const SHADES = 8; // as many traces, so that a thousand curves are drawn quickly
const NARROW = 5; // times
const CONFIG = {
  displayModeBar: false,
  responsive: false,
  doubleClick: "autosize",
  showTips: false,
  displaylogo: false,
};

/** Of both charts: how they are drawn and laid out. */
class Zoomable {
  #traces;
  #titles;
  shown;
  picture;

  /**
   * @param {Shown} shown
   * @param {string} heading
   * @param {[x: string, y: string]} titles
   * @param {(style: import("./palette.js").Palette, width: number) => Trace[]} traces
   */
  constructor(shown, heading, titles, traces) {
    this.shown = shown;
    this.#traces = traces;
    this.#titles = titles;
    this.picture = new Picture(heading, (width) => this.#draw(width));
    this.picture.box.style.height = `${HEIGHT}px`;
  }

  destroy() {
    this.picture.destroy();
    plotly()?.purge(this.picture.box);
  }

  /** @param {number} width */
  #draw(width) {
    const style = palette(this.picture.box);
    const lines = { gridcolor: style.grid, linecolor: style.grid, tickcolor: style.grid, zeroline: false };
    const [x, y] = this.#titles;
    const traces = this.#traces(style, width);
    const costs = traces.flatMap((trace) => /** @type {(number | null)[]} */ (trace.y)).filter((cost) => cost !== null);
    // 1, 2 and 5 of each decade; of a narrow range Plotly chooses better ones
    const ticks = Math.max(...costs) > NARROW * Math.min(...costs) ? { dtick: "D2" } : {};
    const layout = {
      width,
      height: HEIGHT,
      margin: { l: 64, r: 12, t: 8, b: 46 },
      ...lookOf(style),
      showlegend: true,
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
      hovermode: "closest",
      uirevision: this.shown.search.id,
      xaxis: { ...lines, title: { text: x, standoff: 8 }, rangemode: "tozero", exponentformat: "none" },
      yaxis: { ...lines, title: { text: y, standoff: 4 }, type: "log", ...ticks, tickformat: ".3~g" },
    };
    plotly()?.react(this.picture.box, traces, layout, CONFIG);
  }
}

export class LearningCurves extends Zoomable {
  /** @param {Shown} shown */
  constructor(shown) {
    super(shown, "Learning curves", ["iteration of the trial", "dev cost"], (style) => curvesOf(shown, style));
  }

  changed() {
    this.picture.node.hidden = !this.shown.search.trials.some((trial) => trial.curve.length);
    const underWay = this.shown.search.trials.filter((trial) => trial.state === "training").length;
    this.picture.describe(
      `Dev cost over iterations of ${counted(this.shown.search.trials.length, "trial")}, ${underWay} under way (thick).`,
    );
    this.picture.changed();
  }
}

export class BestSoFar extends Zoomable {
  /** @param {Shown} shown */
  constructor(shown) {
    super(shown, "The best dev cost so far", ["trials over", "dev cost"], (style, width) =>
      bestOfAll(shown, style, width),
    );
  }

  changed() {
    const { best } = this.shown;
    this.picture.node.hidden = !best;
    const found = best ? `: dev cost ${measured(best.dev_cost, 4)} of trial ${best.index}` : "";
    this.picture.describe(`The lowest dev cost after each trial that is over${found}.`);
    this.picture.changed();
  }
}

/**
 * Curves of one kind and colour as one line with gaps.
 * @param {string} uid which Plotly makes a part of a selector of CSS: letters only
 * @param {Trial[]} trials
 * @param {Partial<Trace>} looks
 * @param {Shown} shown
 * @param {number} every point of so many is drawn, and the last one
 * @returns {Trace}
 */
function together(uid, trials, looks, { search }, every) {
  const [x, y] = [/** @type {(number | null)[]} */ ([]), /** @type {(number | null)[]} */ ([])];
  /** @type {string[]} */
  const hovertext = [];
  for (const trial of trials) {
    const words = trialInWords(trial, search.dimensions);
    const last = trial.curve.length - 1;
    for (const [at, cost] of trial.curve.filter((_, i) => (last - i) % every === 0)) {
      x.push(at);
      y.push(cost);
      hovertext.push(`${words}<br>iteration ${at}: dev cost ${measured(cost, 4)}`);
    }
    x.push(null);
    y.push(null);
    hovertext.push("");
  }
  return { type: "scatter", mode: "lines", uid, x, y, hovertext, hoverinfo: "text", ...looks };
}

/**
 * @param {Shown} shown
 * @param {import("./palette.js").Palette} style
 */
function curvesOf(shown, style) {
  const { search, best } = shown;
  const drawn = search.trials.filter((trial) => trial.curve.length);
  const points = drawn.reduce((sum, trial) => sum + trial.curve.length, 0);
  const every = Math.ceil(points / MOST);
  const mode = points > CROWDED ? "lines" : "lines+markers";
  const others = drawn.filter((trial) => trial !== best);
  /**
   * @param {string} uid
   * @param {string} name
   * @param {Trial[]} trials
   * @param {NonNullable<Trace["line"]>} line
   * @param {number} size of its markers
   */
  const traceOf = (uid, name, trials, line, size, showlegend = true) =>
    together(uid, trials, { name, mode, line, marker: { size, color: line.color }, showlegend }, shown, every);
  const finished = others.filter((trial) => trial.state === "finished");
  const traces = Array.from({ length: SHADES + 1 }, (_, i) => {
    const inside = finished.filter((trial) => Math.round((shown.place(trial) ?? 1) * SHADES) === i);
    return traceOf(
      `finished${String.fromCharCode(97 + i)}`,
      "finished",
      inside,
      { color: shown.color(i / SHADES), width: 1 },
      3,
      false,
    );
  }).reverse(); // the best on top
  const ended = others.filter((trial) => isOver(trial) && trial.state !== "finished");
  const underWay = others.filter((trial) => !isOver(trial));
  traces.push(traceOf("ended", "not finished", ended, { color: style.left, width: 1.5, dash: "dash" }, 4));
  traces.push(traceOf("way", "under way", underWay, { color: style.rate, width: 3 }, 5));
  if (best) traces.push(traceOf("best", `the best, trial ${best.index}`, [best], { color: style.mark, width: 2.5 }, 7));
  return traces.filter((trace) => trace.x.length);
}

/**
 * Points as short dashes of one line.
 * @param {number[]} x
 * @param {(number | null)[]} y
 * @param {string[]} hovertext
 * @param {number} half the length of a dash, in units of x
 * @param {string} color
 */
function dashes(x, y, hovertext, half, color) {
  return {
    mode: "lines",
    line: { color, width: DASH },
    x: x.flatMap((at) => [at - half, at + half, null]),
    y: y.flatMap((cost) => [cost, cost, null]),
    hovertext: hovertext.flatMap((text) => [text, text, ""]),
  };
}

/**
 * @param {Shown} shown
 * @param {import("./palette.js").Palette} style
 * @param {number} width in pixels
 * @returns {Trace[]}
 */
function bestOfAll({ search }, style, width) {
  const steps = bestSoFar(search.trials);
  const numbers = steps.map((_, i) => i + 1);
  const hovertext = steps.map(({ trial }) => trialInWords(trial, search.dimensions));
  const costs = steps.map(({ trial }) => trial.dev_cost);
  const each =
    steps.length > MANY
      ? dashes(numbers, costs, hovertext, (DASH * steps.length) / width / 2, style.left)
      : { mode: "markers", marker: { size: 5, color: style.left }, x: numbers, y: costs, hovertext };
  const line = { color: style.mark, width: 2.5, shape: "hv" };
  const lowest = { x: numbers, y: steps.map(({ best }) => best), hoverinfo: "y", name: "best so far" };
  return [
    { type: "scatter", uid: "trials", name: "each trial", hoverinfo: "text", ...each },
    { type: "scatter", mode: "lines", uid: "best", line, ...lowest },
  ];
}
