// @ts-check
// The gauges of a run as they came from the server, and which layers of them are drawn.

/** @typedef {import("./gauge_axis.js").Gauge} Gauge */

/**
 * @typedef {object} Told see trainer/service/gauges.py
 * @property {string[]} names
 * @property {number[]} iterations
 * @property {(number | string | null)[][]} values
 * @property {Gauge[]} gauges
 * @property {number} layers
 * @property {string[]} absent
 * @property {number} share of the training time, at most
 * @property {number | null} used share of it so far; null where it is not known
 * @property {number | null} every how many iterations they are measured on average; likewise
 */

/** @typedef {{ layer: number, x: number[], y: number[], apart?: Set<number> }} Line of a layer, 0 is the whole network; iterations before which nothing was measured for long */

export const WHOLE = 0;
const MOST = 12; // lines of layers that one chart is drawn with
const KEPT = 2000; // iterations; of more than that, the server has those that a chart is drawn of
const AROUND = 4; // steps before and after one that tell what is usual there
const FAR = 6; // times a usual step

/** @type {Record<string, number>} */
const NOT_FINITE = { inf: Infinity, "-inf": -Infinity };

export class GaugeTable {
  /** @type {number[]} */
  iterations = [];
  /** @type {Map<string, number[]>} NaN where there is none */
  #columns = new Map();
  /** @type {Gauge[]} */
  gauges = [];
  layers = 0;
  /** @type {string[]} */
  absent = [];
  share = 0;
  /** @type {number | null} */
  used = null;
  /** @type {number | null} */
  every = null;

  /** @type {Set<number>} */
  #apart = new Set();

  /** After which iteration more is wanted; -1 for everything. */
  get since() {
    return this.iterations.length > KEPT ? -1 : (this.iterations.at(-1) ?? -1);
  }

  /**
   * Take what was measured after an iteration; after -1 it is everything.
   * @param {Told} told
   * @param {number} since
   */
  take({ names, iterations, values, ...told }, since) {
    if (since < 0) {
      this.iterations = [];
      this.#columns.clear();
    }
    const before = this.iterations.length;
    this.iterations.push(...iterations);
    names.forEach((name, i) => {
      const column = this.#columns.get(name) ?? Array(before).fill(NaN);
      for (const value of values[i]) column.push(typeof value === "number" ? value : (NOT_FINITE[value ?? ""] ?? NaN));
      this.#columns.set(name, column);
    });
    for (const column of this.#columns.values()) while (column.length < this.iterations.length) column.push(NaN);
    this.#apart = farApart(this.iterations);
    Object.assign(this, told);
  }

  /**
   * The line of a gauge from one iteration to another; null where it has none.
   * @param {string} gauge
   * @param {number} layer
   * @param {number} begin
   * @param {number} until
   * @returns {Line | null}
   */
  line(gauge, layer, begin, until) {
    const column = this.#columns.get(layer === WHOLE ? gauge : `${gauge}[${layer}]`);
    if (!column) return null;
    const [first, end] = [this.upTo(begin - 1), this.upTo(until)];
    return { layer, x: this.iterations.slice(first, end), y: column.slice(first, end), apart: this.#apart };
  }

  /**
   * Whether a line is broken between two iterations.
   * @param {number} begin
   * @param {number} end
   */
  broken(begin, end) {
    return [...this.#apart].some((t) => t > begin && t <= end);
  }

  /**
   * How many iterations of it are at or before one.
   * @param {number} until
   */
  upTo(until) {
    let [low, high] = [0, this.iterations.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.iterations[middle] <= until) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * The iterations before which nothing was measured for far longer than is usual there, as on a busy machine: no line
 * leads to them, since nobody knows what was between.
 * @param {number[]} iterations in order
 * @returns {Set<number>}
 */
export function farApart(iterations) {
  const steps = iterations.map((t, i) => (i ? t - iterations[i - 1] : 0)).slice(1);
  /** @type {Set<number>} */
  const found = new Set();
  steps.forEach((step, i) => {
    const around = [...steps.slice(Math.max(0, i - AROUND), i), ...steps.slice(i + 1, i + 1 + AROUND)];
    if (around.length < AROUND) return;
    around.sort((a, b) => a - b);
    if (step > FAR * around[around.length >> 1]) found.add(iterations[i + 1]);
  });
  return found;
}

/**
 * The layers whose lines are drawn where none is chosen: all of a few, else some, evenly chosen, with the first and
 * the last.
 * @param {number} layers
 */
export function evenly(layers) {
  const n = Math.min(layers, MOST);
  return Array.from({ length: n }, (_, i) => (n < 2 ? 1 : 1 + Math.round((i * (layers - 1)) / (n - 1))));
}

/**
 * How a layer is called.
 * @param {number} layer
 * @param {number} layers
 */
export function nameOf(layer, layers) {
  if (layer === WHOLE) return "whole network";
  return layer === layers ? `layer ${layer} (output)` : `layer ${layer}`;
}
