// @ts-check
// What is planned: changes that wait for their iteration, each with a way to take it back.

import { answerBox } from "./controls.js";
import { element } from "./element.js";
import { whole, plannedChanges } from "./text.js";

/** @typedef {import("./frames.js").Planned} Plan */

export class Planned {
  #send;
  #list = element("ol", { class: "panda-log" });
  #answer = answerBox();
  node = element(
    "section",
    { class: "panda-history", "aria-label": "Planned", hidden: true },
    element("h3", {}, "Planned"),
    this.#list,
    this.#answer,
  );
  /** @type {Plan[]} */
  #shown = [];

  /** @param {import("./log.js").Send} send */
  constructor(send) {
    this.#send = send;
  }

  /**
   * @param {Plan[]} plans the next one first
   * @param {boolean} able whether one can be taken back now
   */
  show(plans, able) {
    if (plans !== this.#shown) {
      this.#list.replaceChildren(...plans.map((plan) => this.#entry(plan)));
      this.node.hidden = plans.length === 0;
      this.#shown = plans;
    }
    for (const button of this.#list.querySelectorAll("button")) {
      if (button.disabled === able) button.disabled = !able;
    }
  }

  /** @param {Plan} plan */
  #entry({ plan, iteration, author, note, changes }) {
    const at = `iteration ${whole(iteration)}`;
    const what = plannedChanges(changes);
    const button = element(
      "button",
      { type: "button", class: "panda-quiet", "aria-label": `Cancel ${what} planned at ${at}` },
      "Cancel",
    );
    button.addEventListener("click", () => {
      if (!button.disabled) this.#send({ do: "cancel-plan", plan }, "Cancel", this.#answer);
    });
    return element(
      "li",
      {},
      element("span", { class: "panda-where" }, `planned at ${at}`),
      element("strong", {}, what),
      element("span", { class: "panda-small" }, `by ${author}`),
      ...(note ? [element("q", {}, note)] : []),
      button,
    );
  }
}
