// @ts-check
// What came of the arm that was taken: told once it is known, and asked for again where no answer comes.

import { cameOf, mayBeEvaluated } from "./came.js";

const AGAIN = 2000; // milliseconds after which what failed is asked for again

export class Comparing {
  #about;
  #tell;
  /** @type {AbortController | null} since it was asked for, until something else is looked ahead */
  #asked = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {import("./live.js").About} about
   * @param {(what: { came: number, text: string }) => void} tell
   */
  constructor(about, tell) {
    this.#about = about;
    this.#tell = tell;
  }

  /** Whether it is told, or asked for. */
  get any() {
    return this.#asked !== null;
  }

  /** It is not wanted any more. */
  leave() {
    this.#asked?.abort();
    this.#asked = null;
    clearTimeout(this.#timer);
  }

  /**
   * There is news of the run, whose curve has come to the end of what was foreseen.
   * @param {import("./foreseen.js").Arm} arm
   * @param {number} end
   */
  show(arm, end) {
    if (this.any || mayBeEvaluated(this.#about.curve, end)) return;
    const asked = (this.#asked = new AbortController());
    this.#ask(arm, end, asked.signal);
  }

  /**
   * @param {import("./foreseen.js").Arm} arm
   * @param {number} end
   * @param {AbortSignal} signal
   */
  async #ask(arm, end, signal) {
    try {
      const told = await cameOf(this.#about, arm, end, signal);
      if (!signal.aborted) this.#tell(told);
    } catch {
      if (!signal.aborted) this.#timer = setTimeout(() => this.#ask(arm, end, signal), AGAIN);
    }
  }
}
