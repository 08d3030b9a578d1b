// @ts-check
// The network of a live run in pictures, which follow the run while they are looked at: the next ones are asked for
// when those before have come, so that a slow browser gets fewer, and training keeps its speed.

import { element } from "./element.js";
import { loadStyle } from "./loading.js";
import { Portrait } from "./portrait.js";
import { Said } from "./said.js";
import { whole } from "./text.js";

/** @typedef {import("./views.js").RunView} RunView */

/** @typedef {import("./portrait.js").Answer & { run: string, iteration: number, took: number, refused?: string }} Told see network.py */

const PERIOD = 400; // milliseconds from one set of pictures to the next, at least
const REST = 12; // times what the server takes for them
const LONGEST = 2000;
const AGAIN = 2000; // milliseconds after which what failed is asked for again

/** @implements {RunView} */
export default class Network {
  #about;
  #said = new Said();
  #portrait = new Portrait(() => this.#at(0));
  /** @type {Told | null} */
  #drawn = null;
  #units = ""; // that were asked for with them
  #pictures = 0;
  #ready = false;
  #asking = false;
  #due = 0; // when the next ones may be asked for
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #gone = new AbortController();
  drawn = this.#said.first;
  node = element(
    "section",
    { class: "panda-network", "aria-label": "The network" },
    this.#said.node,
    this.#portrait.node,
  );

  /** @param {import("./live.js").About} about */
  constructor(about) {
    this.#about = about;
    this.#portrait.node.hidden = true;
    document.addEventListener("visibilitychange", this.#visible);
    loadStyle("portrait.css").then(
      () => {
        this.#ready = true;
        this.show();
      },
      () => this.#said.say("Its style sheet could not be loaded: reload this page."),
    );
  }

  show() {
    if (this.#asking || this.#timer !== undefined || !this.#wanted()) return;
    this.#at(this.#due);
  }

  recolour() {
    this.#portrait.recolour();
  }

  destroy() {
    document.removeEventListener("visibilitychange", this.#visible);
    clearTimeout(this.#timer);
    this.#gone.abort();
  }

  #visible = () => this.show();

  /** Whether somebody looks, and there is something that is not drawn. */
  #wanted() {
    if (!this.#ready || this.node.hidden || document.hidden || this.#gone.signal.aborted) return false;
    const { status, run } = this.#about.curve;
    const drawn = this.#drawn;
    return drawn?.iteration !== status.iteration || drawn?.run !== run || this.#units !== this.#portrait.units;
  }

  /** @param {number} due */
  #at(due) {
    clearTimeout(this.#timer);
    const wait = Math.max(0, due - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#asking && this.#wanted()) this.#ask();
    }, wait);
  }

  async #ask() {
    this.#asking = true;
    const began = performance.now();
    let rest = AGAIN;
    try {
      const { units, layer, unit } = this.#portrait;
      const query = new URLSearchParams({ run: this.#about.run, layer: String(layer), unit: String(unit) });
      const answer = await fetch(`/panda/network?${query}`, { signal: this.#gone.signal });
      /** @type {Told} */
      const told = await answer.json();
      this.#units = units;
      this.#drawn = told;
      this.#draw(told);
      if (!told.refused) rest = Math.min(LONGEST, Math.max(PERIOD, REST * told.took));
    } catch {
      if (this.#gone.signal.aborted) return;
      this.#drawn = null;
      this.#said.say("No picture came from Panda; it is asked again.");
    }
    this.#asking = false;
    this.#due = began + rest;
    this.show();
  }

  /** @param {Told} told */
  #draw(told) {
    const { run, iteration, refused, took, shifted } = told;
    this.#portrait.node.hidden = Boolean(refused);
    if (refused) {
      this.#said.say(`No picture: ${refused}.`);
      return;
    }
    this.#portrait.draw(told);
    const inputs = shifted ? `; ${shifted}` : "";
    this.#said.say(`Run ${run} at iteration ${whole(iteration)}, computed from a copy of the network${inputs}.`);
    this.#pictures += 1;
    Object.assign(this.node.dataset, { run, iteration, took, pictures: this.#pictures });
  }
}
