// @ts-check
// An example that a person types: a field for each column of the table, filled with a dev example at first, and the
// class probabilities that the network gives it.

import { bars } from "./bars.js";
import { element, write } from "./element.js";

/**
 * @typedef {object} Field
 * @property {string} name of the column
 * @property {string[] | null} choices null where a number is typed; "" is a missing value
 * @property {string} value
 * @property {boolean} missing whether it may be left empty
 */

/**
 * @typedef {object} TypedAnswer see typed_example.py
 * @property {string} [refused]
 * @property {Field[]} [fields] where no values were asked about
 * @property {string[]} classes
 * @property {number[]} probabilities
 * @property {string[]} remarks
 */

/** @typedef {(iteration: number, example: number, values: Record<string, string> | null) => Promise<TypedAnswer>} AskTyped */

export class TypedExample {
  #ask;
  #number = 0; // of the latest question
  #iteration = 0;
  #example = 0;
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  #boxes = new Map();
  #changed = false; // by a person, so that the next dev example does not replace it
  #fields = element("div", { class: "panda-fields" });
  #again = element("button", { type: "button", class: "panda-quiet" });
  #bars = element("div", { class: "panda-bars" });
  #said = element("div", { class: "panda-small", role: "status" });
  node;

  /** @param {AskTyped} ask the server */
  constructor(ask) {
    this.#ask = ask;
    this.#again.addEventListener("click", () => {
      this.#changed = false;
      this.#compute();
    });
    this.#fields.addEventListener("change", () => {
      this.#changed = true;
      this.#compute();
    });
    this.node = element(
      "details",
      { class: "panda-typed", hidden: true },
      element("summary", {}, "Type an example of your own"),
      element(
        "div",
        { class: "panda-portrait" },
        element("form", {}, this.#fields, element("div", { class: "panda-row" }, this.#again)),
        element(
          "figure",
          {},
          element("figcaption", {}, "Class probabilities of what is typed"),
          this.#bars,
          this.#said,
        ),
      ),
    );
    this.node.addEventListener("toggle", () => this.#compute());
    this.node.addEventListener("submit", (event) => event.preventDefault());
  }

  /**
   * @param {number} iteration
   * @param {number} example the dev example that fills the fields until a person changes one
   */
  show(iteration, example) {
    this.#iteration = iteration;
    this.#example = example;
    write(this.#again, `Fill in dev example ${example}`);
    this.#compute();
  }

  async #compute() {
    if (!this.node.open) return;
    const number = ++this.#number;
    const values = this.#changed ? Object.fromEntries([...this.#boxes].map(([name, box]) => [name, box.value])) : null;
    let told = [""];
    try {
      const answer = await this.#ask(this.#iteration, this.#example, values);
      if (number !== this.#number) return;
      if (answer.refused) throw new Error(`${answer.refused}.`);
      if (answer.fields) this.#fill(answer.fields);
      this.#bars.replaceChildren(...bars(answer.probabilities, null, answer.classes));
      told = answer.remarks;
    } catch (error) {
      if (number !== this.#number) return;
      this.#bars.replaceChildren();
      told = [error instanceof Error ? error.message : String(error)];
    }
    this.#said.replaceChildren(...told.map((line) => element("p", {}, line)));
    Object.assign(this.node.dataset, { iteration: this.#iteration, asked: number });
  }

  /** @param {Field[]} fields */
  #fill(fields) {
    if (!this.#boxes.size) {
      this.#boxes = new Map(fields.map((field) => [field.name, boxOf(field)]));
      this.#fields.replaceChildren(
        ...[...this.#boxes].map(([name, box]) => element("label", {}, element("span", { title: name }, name), box)),
      );
    }
    for (const { name, value } of fields) {
      const box = this.#boxes.get(name);
      if (box) box.value = value;
    }
  }
}

/** @param {Field} field */
function boxOf({ name, choices, missing }) {
  if (choices) {
    const options = choices.map((word) => element("option", { value: word }, word || "(missing)"));
    return element("select", { "aria-label": name }, ...options);
  }
  return element("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    "aria-label": name,
    placeholder: missing ? "missing" : null,
  });
}
