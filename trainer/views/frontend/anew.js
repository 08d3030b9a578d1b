// @ts-check
// What can be done while the file of the session is not where it should be: its record is written to a new one.

import { element } from "./element.js";

/** @typedef {import("./connection.js").Command} Command */
/** @typedef {import("./frames.js").Status} Status */

export class Anew {
  #place = element("input", {
    type: "text",
    "aria-label": "Path of the new file",
    autocomplete: "off",
    spellcheck: "false",
  });
  #shown = "";
  #button = element("button", { type: "button", class: "panda-primary" }, "Record anew");
  node = element(
    "form",
    { class: "panda-anew", hidden: true, "aria-label": "Write the record to a new file" },
    this.#button,
    this.#place,
  );

  /** @param {(command: Command, said: string) => unknown} send */
  constructor(send) {
    const wanted = () => send({ do: "record-anew", place: this.#place.value }, "Record anew");
    this.#button.addEventListener("click", wanted);
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      wanted();
    });
  }

  /** @param {Status} status */
  show(status) {
    const place = status.anew ?? "";
    this.node.hidden = !place;
    // what is being typed stays
    if (this.#place.value === this.#shown) this.#place.value = place;
    this.#shown = place;
  }
}
