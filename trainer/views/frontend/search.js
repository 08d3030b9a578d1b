// @ts-check
// A search: how it stands, its trials in pictures and in a table; where it goes on is brushed in the pictures.

import { element, write } from "./element.js";
import { loadPlotly, loadStyle } from "./loading.js";
import { Answers } from "./search_answers.js";
import { BrushBar } from "./search_brush.js";
import { Coordinates } from "./search_coordinates.js";
import { BestSoFar, LearningCurves } from "./search_curves.js";
import { isUnderWay, settled } from "./search_facts.js";
import { stillMarked } from "./search_form.js";
import { GridBesideRandom } from "./search_grid.js";
import { ImportanceBars } from "./search_importance.js";
import { Scatter } from "./search_scatter.js";
import { Shown } from "./search_shown.js";
import { TrialTable } from "./search_table.js";
import { Timeline } from "./search_timeline.js";
import { statusInWords } from "./search_words.js";
import { whenThemeChanges } from "./theme.js";

/** @typedef {import("./main.js").View} View */
/** @typedef {import("./search_facts.js").Search} Search */

/**
 * @typedef {object} Data
 * @property {string} id of the search
 * @property {string} [state] of the search as the script saw it
 * @property {string} plotly address of Plotly.js
 * @property {import("./search_form.js").Form} [form] the box that is typed above
 * @property {import("./search_facts.js").Extents} [retyped] marks whose rows say something else by now
 */

const AGAIN = 1000; // milliseconds from one answer to the next question
const SLOWER = 3000; // after no answer

/** @implements {View} */
export default class SearchView {
  #tell;
  #data;
  #answers;
  #any = false; // whether there was an answer
  /** @type {string | undefined} */
  #seenState; // of the search, as the script knows it; undefined before it is known
  #told = "{}"; // the mark that the script knows
  #asked = false;
  #ready = false;
  #gone = false;
  #shown = new Shown();
  #state = element("p", { class: "panda-search-state" });
  #found = element("p");
  #spoken = element("p", { class: "panda-spoken", role: "status" });
  #plan = element("p", { class: "panda-small" });
  #reason = element("div", { class: "panda-banner", "data-kind": "bad", role: "alert", hidden: true });
  #trouble = element("div", { class: "panda-banner", "data-kind": "warn", role: "status", hidden: true });
  #remarks = element("ul", { class: "panda-search-remarks" });
  #empty = element("p", { hidden: true });
  #coordinates = new Coordinates(this.#shown, () => this.#marked());
  #scatter = new Scatter(this.#shown, () => this.#marked());
  #grid = new GridBesideRandom(this.#shown);
  #curves = new LearningCurves(this.#shown);
  #best = new BestSoFar(this.#shown);
  #timeline = new Timeline(this.#shown);
  #importance = new ImportanceBars();
  #table;
  #bar;
  #pictures;
  #root;
  #theme;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {HTMLElement} parent
   * @param {Data} data
   * @param {import("./main.js").Tell} tell
   */
  constructor(parent, data, tell) {
    this.#tell = tell;
    this.#data = data;
    this.#answers = new Answers(data.id);
    this.#seenState = data.state;
    this.#shown.form = data.form ?? {};
    this.#table = new TrialTable((index) => tell("promote", index));
    const clear = () => {
      this.#shown.brush = {};
      this.#marked();
    };
    this.#bar = new BrushBar(this.#shown, (box) => this.#searchThere(box), clear);
    this.#pictures = element(
      "div",
      { class: "panda-search-pictures", hidden: true },
      this.#coordinates.picture.node,
      this.#scatter.picture.node,
      this.#bar.node,
      this.#grid.picture.node,
      this.#importance.node,
      this.#curves.picture.node,
      this.#best.picture.node,
      this.#timeline.picture.node,
      this.#table.node,
    );
    this.#root = element(
      "div",
      { class: "panda panda-search", hidden: true },
      this.#state,
      this.#found,
      this.#spoken,
      this.#plan,
      this.#trouble,
      this.#reason,
      this.#remarks,
      this.#empty,
      this.#pictures,
    );
    parent.append(this.#root);
    this.#theme = whenThemeChanges(parent, () => this.#draw());
    document.addEventListener("visibilitychange", this.#seen);
    this.#load();
    this.#ask();
  }

  destroy() {
    this.#gone = true;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#seen);
    this.#theme.disconnect();
    for (const { picture } of [this.#coordinates, this.#scatter, this.#grid, this.#timeline]) picture.destroy();
    for (const chart of [this.#curves, this.#best]) chart.destroy();
    this.#root.remove();
  }

  /** @param {Data} data */
  update(data) {
    if (data.id !== this.#data.id) {
      this.#shown.brush = {};
      this.#told = "{}";
      this.#answers = new Answers(data.id);
      this.#any = false;
      this.#seenState = undefined;
    }
    this.#data = data;
    this.#seenState = data.state ?? this.#seenState;
    this.#read();
    this.#ask(); // the script ran again: something was asked for, or another search is shown
  }

  #load() {
    const loaded = () => {
      this.#ready = true;
      this.#show();
    };
    const again = () => setTimeout(() => this.#gone || this.#load(), AGAIN);
    const styles = ["style.css", "playback.css", "search.css"].map(loadStyle);
    Promise.all([...styles, loadPlotly(this.#data.plotly)]).then(loaded, again);
  }

  #seen = () => {
    if (!document.hidden) this.#ask();
  };

  async #ask() {
    clearTimeout(this.#timer);
    const answers = this.#answers;
    const got = await answers.ask();
    if (!got || this.#gone || answers !== this.#answers) return;
    const { answer, trouble } = got;
    clearTimeout(this.#timer); // two may have been under way
    this.#trouble.hidden = answer !== undefined;
    if (answer) this.#take(answer);
    else write(this.#trouble, trouble);
    const goesOn = !answer || isUnderWay(this.#shown.search) || this.#shown.search.again;
    // a tab that is hidden asks when it is seen again
    if (goesOn && !document.hidden) this.#timer = setTimeout(() => this.#ask(), answer ? AGAIN : SLOWER);
  }

  /** @param {import("./search_answers.js").Answer} answer */
  #take(answer) {
    this.#asked = false;
    if (answer.told || !this.#any) {
      this.#any = true;
      const before = this.#shown.search;
      this.#shown.take(settled(answer.search));
      const { search } = this.#shown;
      // the box that was asked for is the present round
      if (before.id === search.id && before.rounds.length && roundOf(before) !== roundOf(search)) {
        this.#shown.brush = {};
        this.#told = "{}";
      }
      this.#show(answer.drawn);
    } else this.#bar.show(false);
    // what is above is ordinary Streamlit: it learns when a search begins or ends, and nothing else
    const { state } = this.#shown.search;
    if (this.#seenState !== undefined && this.#seenState !== state) this.#tell("state", state);
    this.#seenState = state;
  }

  /** What is typed above: with what is marked it is the box that is searched. */
  #read() {
    const { form = {}, retyped = {} } = this.#data;
    this.#shown.form = form;
    this.#shown.brush = stillMarked(this.#shown.brush, retyped);
    this.#told = JSON.stringify(stillMarked(JSON.parse(this.#told), retyped));
    this.#coordinates.brush();
    this.#scatter.brush();
    this.#bar.show(this.#asked);
  }

  /** @param {import("./search_facts.js").Extents} box */
  #searchThere(box) {
    this.#asked = true;
    this.#bar.show(true);
    this.#tell("box", box);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), AGAIN); // also of a search that is over, which may go on
  }

  /** The form above says what is marked. */
  #marked() {
    this.#coordinates.brush();
    this.#scatter.brush();
    this.#bar.show(this.#asked);
    const told = JSON.stringify(this.#shown.brush);
    if (told !== this.#told) this.#tell("mark", { ...this.#shown.brush });
    this.#told = told;
  }

  #show(drawn = true) {
    const { search, best } = this.#shown;
    this.#root.hidden = !this.#ready || !this.#any;
    if (this.#root.hidden) return;
    Object.assign(this.#root.dataset, {
      search: search.id,
      state: search.state,
      trials: search.trials.length,
      rounds: search.rounds.length,
    });
    const { state, parts, found } = statusInWords(search);
    const none = search.state === "none";
    write(this.#state, none ? "This search is not here any more." : [state, ...parts].join(" · "));
    write(this.#found, none ? "" : found);
    write(this.#spoken, best ? `${state}. The best so far is trial ${best.index}.` : `${state}.`);
    write(this.#plan, [search.plan?.text, search.path].filter(Boolean).join(" · "));
    write(this.#reason, search.reason ?? "");
    this.#reason.hidden = !search.reason;
    this.#reason.dataset.kind = search.state === "blocked" || search.state === "failed" ? "bad" : "note";
    const said = search.remarks.join("\n");
    if (this.#remarks.dataset.said !== said) {
      this.#remarks.dataset.said = said;
      this.#remarks.replaceChildren(...search.remarks.map((remark) => element("li", {}, remark)));
    }
    this.#empty.hidden = none || search.trials.some((trial) => trial.curve.length > 0);
    write(
      this.#empty,
      isUnderWay(search) ? "The first trial is under way: its learning curve follows." : "No trial has a dev cost.",
    );
    this.#pictures.hidden = none || !search.dimensions.length || !search.trials.length;
    this.#bar.show(this.#asked);
    if (drawn) this.#draw();
  }

  #draw() {
    if (this.#pictures.hidden || this.#root.hidden) return;
    this.#shown.dress(this.#root);
    const all = [this.#coordinates, this.#scatter, this.#grid, this.#curves, this.#best, this.#timeline];
    for (const each of all) each.changed();
    this.#importance.show(this.#shown.search);
    this.#table.show(this.#shown.search);
  }
}

/**
 * What the present round is, to be compared.
 * @param {Search} search
 */
const roundOf = ({ rounds }) => JSON.stringify([rounds.length, rounds[rounds.length - 1]?.box]);
