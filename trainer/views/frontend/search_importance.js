// @ts-check
// How much each hyperparameter matters for the dev cost, and how sure that is.

import { element } from "./element.js";

/** @typedef {import("./search_facts.js").Search} Search */

const TOO_FEW =
  "Not found out yet: that takes some trials that are over, and a moment. A line at the top says what is missing.";
const MEANING = "0: the dev cost is told as well without it; 1: nothing else matters. ± one standard deviation.";

export class ImportanceBars {
  #shown = "";
  #bars = element("ul", { class: "panda-importance" });
  #said = element("p", { class: "panda-small" });
  node = element(
    "figure",
    { class: "panda-figure" },
    element("figcaption", {}, "What matters"),
    this.#bars,
    this.#said,
  );

  /** @param {Search} search */
  show({ importance, dimensions }) {
    const text = JSON.stringify([importance, dimensions.map(({ label }) => label)]);
    if (text === this.#shown) return;
    this.#shown = text;
    const most = Math.max(1, ...(importance ?? []).map(({ mean, std }) => mean + std));
    const bars = (importance ?? []).map(({ name, mean, std }) => {
      const label = dimensions.find((each) => each.name === name)?.label ?? name;
      const at = (/** @type {number} */ value) => (100 * Math.min(Math.max(value, 0), most)) / most;
      const [bar, whisker] = [element("i"), element("b")];
      bar.style.width = `${at(mean)}%`;
      whisker.style.left = `${at(mean - std)}%`;
      whisker.style.width = `${at(mean + std) - at(mean - std)}%`;
      const track = element("span", { class: "panda-track", "aria-hidden": "true" }, bar, whisker);
      const told = element("span", { class: "panda-number" }, `${mean.toFixed(2)} ± ${std.toFixed(2)}`);
      return element("li", { "data-name": name }, element("span", {}, label), track, told);
    });
    this.#bars.replaceChildren(...bars);
    this.#said.textContent = bars.length ? MEANING : TOO_FEW;
  }
}
