// @ts-check
// The buttons that multiply or divide α at once: ÷3, ÷1.1, ×1.1, ×3, whichever the server has.

import { button, element } from "./element.js";
import { served } from "./served.js";

export class NudgeButtons {
  #send;
  #note;
  all = served.nudges.map((factor) => button(factor, () => this.#nudge(factor)));
  node = element(
    "div",
    { class: "panda-nudges", role: "group", "aria-label": "Nudge α, at once" },
    element("span", { "aria-hidden": "true" }, "α"),
    ...this.all,
  );

  /**
   * @param {(command: import("./connection.js").Command, said: string) => Promise<boolean>} send tells whether it was
   *   applied
   * @param {HTMLInputElement} note why, for the record; it is empty again once it was recorded
   */
  constructor(send, note) {
    this.#send = send;
    this.#note = note;
  }

  /** @param {import("./protocol.js").Nudge["factor"]} factor */
  async #nudge(factor) {
    const note = this.#note.value;
    const applied = await this.#send({ do: "nudge", factor, note }, `α ${factor}`);
    if (applied && this.#note.value === note) this.#note.value = "";
  }
}
