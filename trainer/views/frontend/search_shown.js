// @ts-check
// What all pictures of a search share: how it stands, its colours, and the box that a person brushed.

import { ramp } from "./palette.js";
import { colorBar, costPosition, costRange } from "./search_colors.js";
import { bestOf } from "./search_facts.js";
import { typedExtents } from "./search_form.js";
import { legendEntry } from "./search_picture.js";
import { measured } from "./text.js";

/** @typedef {import("./search_facts.js").Search} Search */
/** @typedef {import("./search_facts.js").Trial} Trial */

export class Shown {
  /** @type {Search} */
  search = { id: "", state: "none", remarks: [], dimensions: [], rounds: [], trials: [] };
  /** @type {import("./search_facts.js").Extents} */
  brush = {};
  /** @type {import("./search_form.js").Form} the box that is typed into the form above */
  form = {};
  /** @type {Trial | undefined} */
  best;
  /** @type {import("./search_colors.js").CostRange | null} */
  costs = null;
  #colors = ramp("#ffffff");

  /** @param {Search} search */
  take(search) {
    this.search = search;
    this.best = bestOf(search.trials);
    this.costs = costRange(search.trials);
    const names = search.dimensions.map(({ name }) => name);
    this.brush = Object.fromEntries(Object.entries(this.brush).filter(([name]) => names.includes(name)));
  }

  /** @param {Element} root whose theme is taken */
  dress(root) {
    this.#colors = ramp(getComputedStyle(root).getPropertyValue("--panda-background").trim() || "#ffffff");
  }

  /** The box that is searched where a part of it is marked: what is marked, and of the rest what the form says. */
  get marked() {
    if (!Object.keys(this.brush).length) return {};
    return { ...typedExtents(this.form, this.search.dimensions), ...this.brush };
  }

  /** The round that is drawn from now; undefined before the first. */
  get round() {
    return this.search.rounds[this.search.rounds.length - 1];
  }

  /** @param {Trial} trial */
  place(trial) {
    return trial.dev_cost === null || !this.costs ? null : costPosition(trial.dev_cost, this.costs);
  }

  /** Ticks of an axis of the dev cost, along the scale of the colours. */
  costTicks() {
    const { costs } = this;
    if (!costs) return [];
    const { best, worst } = costs;
    if (worst <= best) return [{ at: 0, text: measured(best) }];
    const middle = Math.sqrt(best * worst);
    return [best, middle, worst].map((cost, i) => ({
      at: costPosition(cost, costs),
      text: measured(cost) + (i === 2 ? "+" : ""),
    }));
  }

  /**
   * Grey where there is no dev cost.
   * @param {number | null} place
   */
  color(place) {
    return place === null ? "var(--panda-left)" : this.#colors.color(place);
  }

  /** What colours and marks say. */
  legend(/** @type {{ boxes: boolean }} */ { boxes }) {
    const { search, round } = this;
    const parts = this.costs ? colorBar(this.costs, this.#colors) : [];
    if (search.trials.some((trial) => trial.dev_cost === null)) parts.push(legendEntry("none", "no dev cost"));
    if (this.best) parts.push(legendEntry("best", `the best, trial ${this.best.index}`));
    if (boxes && round) parts.push(legendEntry("box", `box of round ${round.number}`));
    if (boxes && search.zoom_unit) parts.push(legendEntry("zoom", "zoom that is proposed"));
    return parts;
  }
}
