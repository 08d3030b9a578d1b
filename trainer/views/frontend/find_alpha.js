// @ts-check
// Find α: which learning rates help from where the run is, as a sentence, a picture and a band in the chart of α.

import { AlphaPicture } from "./alpha_picture.js";
import { bar, button, element, rest, write } from "./element.js";
import { SpeedLimit } from "./speed_limit.js";
import { grouping, whole } from "./text.js";
import { Working } from "./working.js";

/** @typedef {import("./alpha_picture.js").FoundAlpha} FoundAlpha */

export class FindAlpha {
  #about;
  #ahead;
  #changed;
  #known = 0; // interventions, when it was asked for
  /** @type {AbortController | null} while it is asked for */
  #asked = null;
  ask = button("Find α", () => this.#ask());
  #working = new Working("find-alpha", "Trying learning rates", "Stop looking", () => this.#asked?.abort());
  #told = element("p", { class: "panda-small", role: "status" });
  #picture = new AlphaPicture();
  limit;
  node = element("div", {}, this.#working.node, this.#told, this.#picture.node);

  /**
   * @param {import("./live.js").About} about
   * @param {{ iterations: string, show: () => void }} ahead how long each α is tried, as typed; what has news
   * @param {() => void} changed the charts are to be drawn again
   */
  constructor(about, ahead, changed) {
    this.#about = about;
    this.#ahead = ahead;
    this.#changed = changed;
    this.limit = new SpeedLimit(about, changed);
    this.node.prepend(this.limit.said);
  }

  destroy() {
    this.#asked?.abort();
    this.#picture.destroy();
    this.limit.destroy();
  }

  /** The theme may be another one. */
  recolour() {
    this.#picture.recolour();
  }

  /**
   * There is news of the run.
   * @param {string} why nothing is looked ahead of it; "" where it can be
   */
  show(why) {
    const { curve } = this.#about;
    bar(this.ask, why);
    rest(this.ask, this.#asked !== null);
    const since = curve.interventions[this.#known];
    if (curve.found && since) {
      curve.found = null; // it was of other settings
      this.#picture.hide();
      write(this.#told, `Something was changed since, at iteration ${whole(since.iteration)}: find α again.`);
    }
    this.limit.show();
    this.#picture.isOf(curve.found ? curve.now.iteration - curve.found.at : 0);
  }

  /** Whether anything is said or shown. */
  get any() {
    return this.#asked !== null || this.#told.hasChildNodes() || this.#picture.any;
  }

  /** Another line of training is shown. */
  leave() {
    this.#asked?.abort();
    this.clear();
    this.limit.leave();
  }

  clear() {
    this.#about.curve.found = null;
    this.#picture.clear();
    this.limit.clear();
    write(this.#told, "");
  }

  async #ask() {
    const asked = (this.#asked = new AbortController());
    const known = this.#about.curve.interventions.length;
    this.#ahead.show();
    write(this.#told, "");
    this.#working.follow(this.#about.run, asked.signal);
    const query = new URLSearchParams({ run: this.#about.run, iterations: this.#ahead.iterations });
    try {
      const answer = await fetch(`/panda/find-alpha?${query}`, { signal: asked.signal });
      const found = await answer.json();
      if (found.refused) write(this.#told, `Not done: ${grouping(found.refused)}.`);
      else this.#suggest(found, known);
    } catch {
      if (!asked.signal.aborted) write(this.#told, "No answer came from Panda: try again.");
    }
    this.#working.end();
    this.#asked = null;
    this.#ahead.show();
  }

  /**
   * @param {FoundAlpha} found
   * @param {number} known interventions, when it was asked for
   */
  #suggest(found, known) {
    const { at, suggested, verdict, limit } = found;
    const { curve } = this.#about;
    curve.found = { at, verdict, ...suggested };
    if (limit) this.limit.add({ at, limit: limit.learning_rate }, known);
    this.#known = known;
    this.#picture.show(found);
    this.#changed();
    Object.assign(this.node.dataset, { found: at });
  }
}
