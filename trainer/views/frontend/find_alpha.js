// @ts-check
// Find α: which learning rates help from where the run is, as a sentence, a picture and a band in the chart of α.

import { AlphaPicture } from "./alpha_picture.js";
import { button, element, write } from "./element.js";
import { grouping, whole } from "./text.js";

/** @typedef {import("./alpha_picture.js").FoundAlpha} FoundAlpha */

const FOLLOW = 300; // milliseconds from one look at how far it is to the next

export class FindAlpha {
  #about;
  #iterations;
  #found;
  #changed;
  #known = 0; // interventions, when it was asked for
  /** @type {AbortController | null} while it is asked for */
  #asked = null;
  ask = button("Find α", () => this.#ask());
  #stop = button("Stop looking", () => this.#asked?.abort());
  #said = element("span", {});
  #working = element("p", { class: "panda-small panda-working", hidden: true }, this.#said, this.#stop);
  #refused = element("p", { class: "panda-small", role: "status" });
  #picture = new AlphaPicture();
  node = element("div", {}, this.#working, this.#refused, this.#picture.node);

  /**
   * @param {import("./live.js").About} about
   * @param {() => string} iterations how long each α is tried, as typed
   * @param {() => void} found something, which is drawn
   * @param {() => void} changed the charts are to be drawn again
   */
  constructor(about, iterations, found, changed) {
    this.#about = about;
    this.#iterations = iterations;
    this.#found = found;
    this.#changed = changed;
    this.#stop.classList.add("panda-quiet");
  }

  destroy() {
    this.#asked?.abort();
    this.#picture.destroy();
  }

  /** The theme may be another one. */
  recolour() {
    this.#picture.recolour();
  }

  /**
   * There is news of the run.
   * @param {boolean} live whether it goes on
   */
  show(live) {
    const { curve } = this.#about;
    const able = live && !this.#asked;
    if (this.ask.disabled === able) this.ask.disabled = !able;
    this.ask.title = live ? "" : "The run is over: nothing comes after it.";
    const since = curve.interventions[this.#known];
    if (curve.found && since) {
      curve.found = null; // it was of other settings
      this.#picture.hide();
      write(this.#refused, `Something was changed since, at iteration ${whole(since.iteration)}: find α again.`);
    }
  }

  /** Whether anything is said or shown. */
  get any() {
    return this.#asked !== null || this.#refused.hasChildNodes() || this.#picture.any;
  }

  /** Another line of training is shown. */
  leave() {
    this.#asked?.abort();
    this.clear();
  }

  clear() {
    this.#about.curve.found = null;
    this.#picture.clear();
    write(this.#refused, "");
  }

  async #ask() {
    const asked = (this.#asked = new AbortController());
    const known = this.#about.curve.interventions.length;
    this.show(true);
    write(this.#refused, "");
    write(this.#said, "Trying learning rates … ");
    this.#working.hidden = false;
    this.#followed(asked.signal);
    const query = new URLSearchParams({ run: this.#about.run, iterations: this.#iterations() });
    try {
      const answer = await fetch(`/panda/find-alpha?${query}`, { signal: asked.signal });
      const found = await answer.json();
      if (found.refused) write(this.#refused, `Not done: ${grouping(found.refused)}.`);
      else this.#suggest(found, known);
    } catch {
      if (!asked.signal.aborted) write(this.#refused, "No answer came from Panda: try again.");
    }
    this.#working.hidden = true;
    this.#asked = null;
    this.show(true);
  }

  /**
   * Say how far it is, until it is there.
   * @param {AbortSignal} signal of what is asked for
   */
  async #followed(signal) {
    const query = new URLSearchParams({ run: this.#about.run });
    while (this.#asked?.signal === signal && !signal.aborted) {
      try {
        const answer = await fetch(`/panda/looking-ahead?${query}`, { signal });
        const { what, done, total } = await answer.json();
        if (what === "find-alpha" && total)
          write(this.#said, `Trying learning rates … ${Math.floor((100 * done) / total)} % `);
      } catch {
        return; // what is asked for says it
      }
      await new Promise((resolve) => setTimeout(resolve, FOLLOW));
    }
  }

  /**
   * @param {FoundAlpha} found
   * @param {number} known interventions, when it was asked for
   */
  #suggest(found, known) {
    const { at, suggested, limit } = found;
    this.#about.curve.found = { at, ...suggested, limit: limit?.learning_rate ?? null };
    this.#known = known;
    this.#picture.show(found);
    this.#found();
    this.#changed();
    Object.assign(this.node.dataset, { found: at });
  }
}
