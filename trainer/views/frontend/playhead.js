// @ts-check
// Where a recorded run is being watched: the playhead, and how it moves while time passes.

/**
 * @typedef {object} Clock iterations and seconds of training, one from the other
 * @property {(iteration: number) => number} toSeconds
 * @property {(seconds: number) => number} toIteration
 */

/** @typedef {{ iteration: number, kind: string }} Stop what is worth a stop: a change, a note, a cost that was not finite */

/** @type {Record<string, { times: number } | { seconds: number }>} times as fast as it was, or all in a time */
export const SPEEDS = {
  "real time": { times: 1 },
  "10 × real time": { times: 10 },
  "all in 60 s": { seconds: 60 },
  "all in 20 s": { seconds: 20 },
  "all in 5 s": { seconds: 5 },
};
export const USUAL = "all in 20 s";

export class Playhead {
  first = 0;
  last = 0;
  /** Where it is; while it plays also between two iterations. */
  at = 0;
  /** @type {Stop[]} */
  stops = [];

  /** The latest iteration that it has reached. */
  get iteration() {
    return Math.floor(this.at);
  }

  /**
   * The run is of this length, and has these stops in the order of iterations. A playhead at the end stays at the end.
   * @param {number} first
   * @param {number} last
   * @param {Stop[]} stops
   */
  span(first, last, stops) {
    const atEnd = this.at === this.last;
    Object.assign(this, { first, last, stops });
    this.move(atEnd ? last : this.at);
  }

  /**
   * As near to an iteration as the run has one.
   * @param {number} iteration
   */
  move(iteration) {
    this.at = Math.min(Math.max(iteration, this.first), this.last);
  }

  /**
   * Where it is after a time; it never goes back.
   * @param {number} elapsed in seconds
   * @param {string} speed one of SPEEDS
   * @param {Clock} clock
   */
  after(elapsed, speed, clock) {
    const chosen = SPEEDS[speed];
    if ("seconds" in chosen) return this.at + (elapsed / chosen.seconds) * (this.last - this.first);
    return Math.max(this.at, clock.toIteration(clock.toSeconds(this.at) + chosen.times * elapsed));
  }

  /**
   * The next stop in a direction, or the end of the run.
   * @param {1 | -1} direction
   */
  next(direction) {
    const iterations = this.stops.map((stop) => stop.iteration);
    const here = this.iteration;
    if (direction > 0) return iterations.find((t) => t > here) ?? this.last;
    return iterations.findLast((t) => t < here) ?? this.first;
  }

  /** A hundredth of the run, for a large step. */
  get hundredth() {
    return Math.max(1, Math.round((this.last - this.first) / 100));
  }

  /** Where the stops are on a line from 0 to 100; of those at one place the last. */
  places() {
    const wide = Math.max(1, this.last - this.first);
    return new Map(
      this.stops.map(({ iteration, kind }) => [Math.round((500 * (iteration - this.first)) / wide) / 5, kind]),
    );
  }

  /**
   * A typed iteration, or null for what is none of this run.
   * @param {string} text
   */
  typed(text) {
    const typed = Number(text.replaceAll(",", "").trim() || "x");
    return Number.isInteger(typed) && typed >= this.first && typed <= this.last ? typed : null;
  }
}
