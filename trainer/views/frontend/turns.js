// @ts-check
// When charts are drawn again: at most four times a second, with a rest after a long drawing, and not while a hand waits
// for something else.

const REDRAW = 250; // milliseconds from one drawing to the next, at least
const REST = 2; // times what a drawing took pass after it, for the training, the page and the reader
const LONGEST_REST = 1000;

export class Turns {
  #draw;
  #due = 0;
  /** @type {ReturnType<typeof setTimeout> | null} */
  #timer = null;

  /** @param {() => void} draw */
  constructor(draw) {
    this.#draw = draw;
  }

  /** Have it drawn when it is time. */
  next() {
    if (this.#timer) return;
    const draw = () => {
      this.#timer = null;
      this.#draw();
    };
    this.#timer = setTimeout(draw, Math.max(0, this.#due - performance.now()));
  }

  /**
   * Have it drawn after a while, whatever was to be before.
   * @param {number} wait in milliseconds
   */
  after(wait) {
    this.stop();
    this.#due = performance.now() + wait;
    this.next();
  }

  /**
   * It was drawn.
   * @param {number} begin when that began
   * @param {boolean} mounting whether for the first time, after which there is no rest
   */
  drawn(begin, mounting) {
    const end = performance.now();
    this.#due = Math.max(begin + REDRAW, end + (mounting ? 0 : Math.min(REST * (end - begin), LONGEST_REST)));
  }

  stop() {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
  }
}
