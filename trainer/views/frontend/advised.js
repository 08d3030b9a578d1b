// @ts-check
// What the rules of advice say of a live run: asked for after each news of it, also when the news is the last.

import { Asking, answered } from "./asking.js";

/** @typedef {{ label: string, iterations: number[], values: (number | string)[], usual: number }} Evidence `usual` is drawn too */
/** @typedef {{ rule: string, sentence: string, series: string, begin: number, end: number, action: string, changed: number, evidence: Evidence }} Advice see advising.py */

/** States of a run in which it is advised. */
const ADVISED = ["running", "paused", "finished"];
const PERIOD = 2000; // milliseconds from one question to the next, at least

export class Advised {
  #run;
  #looked;
  #told;
  #open = false; // whether the run is under way
  /** @type {string | null | undefined} the session that it is in */
  #of;
  #news = ""; // what is known of it
  #asked = ""; // what was known when the latest answer was asked for
  #asking = new Asking(
    () => this.#open && this.#asked !== this.#news && this.#looked(),
    (signal) => this.#ask(signal),
  );

  /**
   * @param {string} run id of the live run
   * @param {() => boolean} looked whether somebody looks
   * @param {(advice: Advice[] | null) => void} told the most urgent first; null of a run that is over
   */
  constructor(run, looked, told) {
    this.#run = run;
    this.#looked = looked;
    this.#told = told;
  }

  /**
   * There may be news, or somebody looks again.
   * @param {import("./frames.js").Status} status
   * @param {number} changes how many there were
   */
  show(status, changes) {
    const open = ADVISED.includes(status.state ?? "idle");
    if (this.#open && !(open && status.path === this.#of)) this.#told(null);
    this.#open = open;
    this.#of = status.path;
    this.#news = open ? [status.path, status.run, status.iteration, changes].join() : "";
    if (!open) this.#asked = "";
    this.#asking.look();
  }

  look() {
    this.#asking.look();
  }

  destroy() {
    this.#asking.destroy();
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const [news, of] = [this.#news, this.#of];
    let said;
    try {
      said = await answered("/panda/advice", { run: this.#run }, signal);
    } catch {
      return PERIOD; // asked again then; without a connection the page says so elsewhere
    }
    if (this.#open && !signal.aborted && of === this.#of) {
      this.#asked = news;
      this.#told(said);
    }
    return PERIOD;
  }
}
