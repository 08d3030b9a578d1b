// @ts-check
// The stretch of the charts that a look-ahead is seen in: of a long curve it would be a dot, so that is zoomed to.

const LONG = 6; // times the iterations ahead: a longer curve is
const BEFORE = 3; // times the iterations ahead are in sight before it then

/**
 * @typedef {object} Zoomed the charts
 * @property {() => [number, number] | null} zoomed the range of the x axis as zoomed, in its units
 * @property {(begin: number, end: number) => void} zoom
 * @property {() => void} reset
 */

export class Near {
  #charts;
  #curve;
  /** @type {[number, number] | null} in iterations, as it was zoomed to here */
  #stretch = null;
  /** @type {[number, number] | null} likewise, as the charts have it: another one is a person's */
  #range = null;

  /**
   * @param {Zoomed} charts
   * @param {import("./frames.js").Curve} curve
   */
  constructor(charts, curve) {
    this.#charts = charts;
    this.#curve = curve;
  }

  /**
   * Have some iterations in sight.
   * @param {number} at from where
   * @param {number} iterations how many
   * @param {boolean} asked whether they were asked for by a press: else the zoom of a person stays
   */
  show(at, iterations, asked = false) {
    const { now, start } = this.#curve;
    const zoomed = this.#charts.zoomed();
    if (zoomed !== this.#range && !asked) return; // a person zoomed, or took this zoom back
    if (now.iteration - start <= LONG * iterations) return this.leave();
    const [begin, end] = [Math.max(start, at - BEFORE * iterations), at + 1.05 * iterations];
    if (zoomed && zoomed === this.#range && begin === this.#stretch?.[0] && end === this.#stretch[1]) return;
    this.#charts.zoom(begin, end);
    this.#range = this.#charts.zoomed();
    this.#stretch = [begin, end];
  }

  /** Whether what is in sight was zoomed to here. */
  get zoomed() {
    return this.#range !== null && this.#charts.zoomed() === this.#range;
  }

  /** Nothing is looked ahead any more: the zoom goes, unless it is a person's. */
  leave() {
    if (this.zoomed) this.#charts.reset();
    this.#range = this.#stretch = null;
  }
}
