// @ts-check
// What a look-ahead is asked with, and asking: how far, the candidates, and in how many other orders of the data.

import { element, whenEntered } from "./element.js";
import { Steady } from "./steady.js";

const EXAMPLES = [
  "0.01, 0.1",
  "β=0, 0.5, 0.9, 0.99",
  "mini-batch size=16, 64, 256",
  "decay=none, inverse-time, exponential",
  "optimizer=gd, momentum, rmsprop, adam",
  "α=0.01, 0.1 β=0.5, 0.9",
];

export class AheadForm {
  iterations = box({ inputmode: "numeric", value: "200", "aria-label": "Iterations ahead", size: 5 });
  #examples = element(
    "datalist",
    { id: "panda-candidates" },
    ...EXAMPLES.map((value) => element("option", { value }, "")),
  );
  candidates = box({
    placeholder: "α × 0.1 to × 10",
    title: "Values of α, such as 0.1, 0.3, or NAME=V1, V2, such as β=0.5, 0.9; empty is α × 0.1, 0.3, 1, 3, 10",
    "aria-label": "Candidates",
    list: this.#examples.id,
  });
  #orders = box({
    inputmode: "numeric",
    placeholder: "0",
    title: "In how many other orders of the coming data each is tried too: how much of it is chance",
    size: 2,
  });
  #other = element("label", { class: "panda-check" }, "Other orders", this.#orders, this.#examples);
  follow = element("input", { type: "checkbox", checked: true });
  ago = new Steady("span"); // how far the run has gone on since
  #following = element("label", { class: "panda-check" }, this.follow, "Follow the run");

  /** @param {() => void} entered Enter was pressed */
  constructor(entered) {
    this.#following.title = "Look ahead anew every few seconds, while the run goes on";
    for (const input of [this.iterations, this.candidates, this.#orders]) whenEntered(input, entered);
  }

  /** @param {() => void} edited something is typed */
  whenEdited(edited) {
    for (const input of [this.iterations, this.candidates, this.#orders]) input.addEventListener("input", edited);
  }

  /**
   * All of it in a row, with what is pressed and what is told beside it.
   * @param {Element} look
   * @param {Element[]} more
   */
  row(look, ...more) {
    const join = element("span", { class: "panda-join" }, look, this.iterations);
    return element(
      "div",
      { class: "panda-row" },
      join,
      this.candidates,
      this.#other,
      this.#following,
      ...more,
      this.ago.node,
    );
  }

  /**
   * What the server says of all that.
   * @param {string} run
   * @param {AbortSignal} signal
   * @returns {Promise<import("./foreseen.js").Told>}
   */
  async asked(run, signal) {
    const [iterations, orders] = [this.iterations.value.trim(), this.#orders.value.trim()];
    const query = new URLSearchParams({ run, iterations, orders });
    const candidates = this.candidates.value.trim();
    if (candidates) query.append("set", candidates);
    const answer = await fetch(`/panda/ahead?${query}`, { signal });
    return answer.json();
  }
}

/** @param {Record<string, string | number>} attributes */
const box = (attributes) => element("input", { type: "text", autocomplete: "off", ...attributes });
