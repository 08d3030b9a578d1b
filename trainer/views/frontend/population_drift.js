// @ts-check
// Batch norm's running statistics against those of the training set: measured when it is asked for, as it takes a pass.

import { button, element, rest, write } from "./element.js";
import { explain } from "./links.js";
import { short, whole } from "./text.js";

/**
 * @typedef {object} Told see gauges.py
 * @property {string} [refused] why it is not known
 * @property {number} iteration
 * @property {Record<string, number | string>} values
 * @property {import("./gauge_axis.js").Gauge} gauge
 */

export const DRIFT = "running_drift"; // the gauge that it belongs to

export class PopulationDrift {
  #source;
  #gone = new AbortController();
  #said = element("p", { role: "status" });
  #words = element("p", { class: "panda-small" });
  #button = button("Compare running statistics with the training set", () => this.#ask());
  node = element("div", { class: "panda-population" }, this.#button, this.#said, this.#words);

  /** @param {import("./layers.js").Source} source */
  constructor(source) {
    this.#source = source;
    this.node.hidden = true;
  }

  /** Whether there is batch norm. */
  set possible(/** @type {boolean} */ possible) {
    this.node.hidden = !possible;
  }

  destroy() {
    this.#gone.abort();
  }

  async #ask() {
    const { query, until } = this.#source;
    rest(this.#button, true);
    write(this.#said, "One pass over up to 4,096 training examples …");
    try {
      const asked = new URLSearchParams({ ...query(), at: String(until()) });
      const answer = await fetch(`/panda/population-drift?${asked}`, { signal: this.#gone.signal });
      if (!answer.ok) throw new Error((await answer.text()).trim());
      /** @type {Told} */
      const { refused, iteration, values, gauge } = await answer.json();
      if (refused) throw new Error(refused);
      const layers = Object.entries(values).map(([name, value]) => `layer ${name.match(/\d+/)}: ${short(value)}`);
      write(this.#said, `At iteration ${whole(iteration)}: ${layers.join(", ")}.`);
      explain(this.#words, gauge);
    } catch (error) {
      if (this.#gone.signal.aborted) return;
      write(this.#said, `It is not known: ${error instanceof Error ? error.message : String(error)}.`);
    }
    rest(this.#button, false);
  }
}
