// @ts-check
// What a look-ahead is asked with, and asking: how far, the candidates, and in how many other orders of the data.

import { element } from "./element.js";

const EXAMPLES = [
  "momentum=0,0.5,0.9,0.99",
  "mini_batch_size=16,64,256",
  "decay=none,inverse-time,exponential",
  "optimizer=gd,momentum,rmsprop,adam",
  "learning_rate=0.01,0.1 momentum=0.5,0.9",
];

export class AheadForm {
  iterations = box({ inputmode: "numeric", value: "200", "aria-label": "Iterations ahead", size: 5 });
  #examples = element(
    "datalist",
    { id: "panda-candidates" },
    ...EXAMPLES.map((value) => element("option", { value }, "")),
  );
  candidates = box({
    placeholder: "α × 0.1, 0.3, 1, 3, 10",
    title: "Candidates, NAME=V1,V2, such as momentum=0.5,0.9 optimizer=adam; empty is α × 0.1, 0.3, 1, 3, 10",
    "aria-label": "Candidates",
    list: this.#examples.id,
  });
  #orders = box({
    inputmode: "numeric",
    placeholder: "0",
    title: "In how many other orders of the coming data each is tried too: how much of it is chance",
    size: 2,
  });
  orders = element("label", { class: "panda-check" }, "Other orders", this.#orders, this.#examples);
  follow = element("input", { type: "checkbox" });
  following = element("label", { class: "panda-check" }, this.follow, "Follow the run");

  /** @param {() => void} entered Enter was pressed */
  constructor(entered) {
    this.following.title = "Look ahead anew every few seconds, while the run goes on";
    for (const input of [this.iterations, this.candidates, this.#orders]) {
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter") entered();
      });
    }
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
    for (const word of this.candidates.value.trim().split(/\s+/).filter(Boolean)) query.append("set", word);
    const answer = await fetch(`/panda/ahead?${query}`, { signal });
    return answer.json();
  }
}

/** @param {Record<string, string | number>} attributes */
const box = (attributes) => element("input", { type: "text", autocomplete: "off", ...attributes });
