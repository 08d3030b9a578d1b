// @ts-check
// What is beside the controls of a run: its curves, or another view of it, one at a time. The curves stay as they are
// meanwhile, zoom and all; another view is loaded when it is chosen first.

import { element } from "./element.js";

/**
 * @typedef {object} RunView
 * @property {HTMLElement} node hidden while another one is chosen
 * @property {() => void} show called when it is chosen and then with every news of the run
 * @property {Promise<void>} drawn when there is something to see in it, if only why there is nothing
 * @property {() => void} destroy
 * @property {() => void} [recolour] the theme may be another one
 */

/** @typedef {Record<string, () => Promise<RunView>>} Loaded how each view but the curves is made, by its name */

const CURVES = "Curves";

export class Views {
  #loaded;
  #names;
  #chosen = CURVES;
  /** @type {Map<string, RunView>} */
  #made = new Map();
  #drawn = new Set([CURVES]); // those in which there is something to see
  /** @type {Map<string, { tab: HTMLButtonElement, panel: HTMLElement }>} */
  #places = new Map();
  #panels = element("div");
  #gone = false;
  node;

  /**
   * @param {HTMLElement} curves
   * @param {Loaded} loaded
   * @param {...HTMLElement} beside the tabs
   */
  constructor(curves, loaded, ...beside) {
    this.#loaded = loaded;
    this.#names = [CURVES, ...Object.keys(loaded)];
    const tabs = element("div", { class: "panda-tabs", role: "tablist", "aria-label": "Views of the run" });
    for (const name of this.#names) {
      const tab = element("button", { type: "button", role: "tab" }, name);
      tab.addEventListener("click", () => this.#choose(name));
      const panel = element("div", { role: "tabpanel", "aria-label": `View: ${name}` });
      this.#places.set(name, { tab, panel });
      tabs.append(tab);
      this.#panels.append(panel);
    }
    tabs.addEventListener("keydown", (event) => this.#key(event));
    this.#place(CURVES).panel.append(curves);
    this.node = element("div", { class: "panda-views" }, tabs, ...beside, this.#panels);
    this.#mark();
  }

  /** There is news of the run. */
  show() {
    this.#made.get(this.#chosen)?.show();
  }

  recolour() {
    for (const view of this.#made.values()) view.recolour?.();
  }

  destroy() {
    this.#gone = true;
    for (const view of this.#made.values()) view.destroy();
  }

  /** @param {string} name */
  #choose(name) {
    if (name === this.#chosen) return;
    // what is below stays where it is until there is something to see
    this.#panels.style.minHeight = this.#drawn.has(name) ? "" : `${this.#panels.offsetHeight}px`;
    this.#chosen = name;
    this.#mark();
    this.show();
    if (name !== CURVES && !this.#made.has(name)) this.#load(name);
  }

  /** @param {string} name */
  async #load(name) {
    const { panel } = this.#place(name);
    const told = `${name} is loading: the first answer of Panda is on its way.`;
    const waiting = element("p", { class: "panda-small", role: "status" }, told);
    panel.replaceChildren(waiting);
    try {
      const view = await this.#loaded[name]();
      if (this.#gone || this.#made.has(name)) return view.destroy();
      this.#made.set(name, view);
      panel.replaceChildren(waiting, view.node);
      this.#mark();
      this.show();
      await view.drawn;
      waiting.remove();
      this.#drawn.add(name);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      panel.replaceChildren(element("p", { class: "panda-small", role: "alert" }, `It cannot be shown: ${why}`));
    }
    if (this.#chosen === name) this.#panels.style.minHeight = "";
  }

  #mark() {
    for (const [name, { tab, panel }] of this.#places) {
      const chosen = name === this.#chosen;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      panel.hidden = !chosen;
      const view = this.#made.get(name);
      if (view) view.node.hidden = !chosen;
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const at = this.#names.indexOf(this.#chosen);
    const last = this.#names.length - 1;
    /** @type {Record<string, number>} */
    const to = { ArrowLeft: at ? at - 1 : last, ArrowRight: at < last ? at + 1 : 0, Home: 0, End: last };
    if (!(event.key in to)) return;
    event.preventDefault();
    const name = this.#names[to[event.key]];
    this.#choose(name);
    this.#place(name).tab.focus();
  }

  /** @param {string} name */
  #place(name) {
    const place = this.#places.get(name);
    if (!place) throw new Error(`there is no view ${name}`);
    return place;
  }
}
