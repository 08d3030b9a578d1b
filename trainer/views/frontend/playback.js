// @ts-check
// A recorded run played back. The page has the whole curve, every change and every note; the playhead moves over them
// without asking the server, and where it rests the exact numbers are fetched.

import { Charts } from "./charts.js";
import { element, write } from "./element.js";
import { Curve } from "./frames.js";
import { Model } from "./model.js";
import { BranchForm, NoteForm } from "./playback_forms.js";
import { Past, Was, numbersFromCurve } from "./playback_parts.js";
import { Questions } from "./playback_questions.js";
import { Player } from "./player.js";
import { loadPlotly, loadStyle } from "./loading.js";
import { headingOf } from "./served.js";
import { duration, epochs, percent, short, steady, whole } from "./text.js";
import { zoomOf } from "./shared_zoom.js";
import { whenThemeChanges } from "./theme.js";
import { Tiles } from "./tiles.js";
import { Veils } from "./veils.js";
import { Views } from "./views.js";

/** @typedef {import("./main.js").View} View */
/** @typedef {import("./text.js").Shown} Shown */
/** @typedef {import("./charts.js").ChartView} ChartView */

/**
 * @typedef {object} Data
 * @property {string} token
 * @property {string} session name of the file
 * @property {string} stamp which content of it is shown
 * @property {string} run
 * @property {string} plotly address of Plotly.js
 */

/**
 * @typedef {object} Facts
 * @property {number} start
 * @property {number} iteration
 * @property {number} seconds
 * @property {import("./playback_parts.js").Setting[]} settings
 * @property {import("./playback_parts.js").Happened[]} happened
 */

/**
 * @typedef {object} Numbers at an iteration
 * @property {number} iteration
 * @property {Shown} epoch
 * @property {Shown} rate
 * @property {Shown} cost
 * @property {number} [wide] of how many iterations the cost is the mean
 * @property {Shown} dev
 * @property {Shown} accuracy
 * @property {number | null} [devAt] where the dev set was evaluated
 */

const REST = 60; // milliseconds before the exact numbers are fetched
const LONG_REST = 350; // before the network is computed again
const STOPS = ["intervention", "note", "nonfinite"];
/** What stands in the row of tiles; of a series what the server calls it. */
const tileLabels = () => ({
  iteration: "Iteration",
  epoch: "Epoch",
  time: "Training time",
  rate: "α in force",
  cost: headingOf("cost"),
  dev: headingOf("dev_cost"),
  accuracy: headingOf("dev_accuracy"),
  changes: "Interventions",
});

/** @implements {View} */
export default class Playback {
  /** @type {Data} */
  #data;
  #curve = new Curve();
  /** @type {Facts} */
  #facts = { start: 0, iteration: 0, seconds: 0, settings: [], happened: [] };
  #number = 0; // of the latest frame that was asked for
  #questions = new Questions(() => this.#data);
  #gone = false;
  #loads = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #modelling;
  /** @type {ChartView} */
  #view;
  #loaded;
  #tiles = new Tiles(tileLabels(), { "aria-label": "Numbers at this iteration" });
  #banner = element("div", { class: "panda-banner", role: "alert", "data-kind": "bad", hidden: true });
  #player;
  #was;
  #model;
  #past;
  #note;
  #root;
  #charts;
  #veils;
  #views;
  #theme;

  /**
   * @param {HTMLElement} parent
   * @param {Data} data
   * @param {import("./main.js").Tell} tell
   */
  constructor(parent, data, tell) {
    this.#data = data;
    this.#player = new Player({
      clock: () => this.#clock(),
      moved: (iteration, playing) => this.#moved(iteration, playing),
    });
    this.#was = new Was();
    this.#model = new Model(
      (iteration, example, layer, unit) => this.#questions.answer({ do: "model", iteration, example, layer, unit }),
      (iteration, example, values) => this.#questions.answer({ do: "example", iteration, example, values }),
    );
    this.#past = new Past((iteration) => this.#player.to(iteration));
    const branch = new BranchForm(async () => {
      const refused = await this.#questions.refusal({ do: "branch", iteration: this.#player.iteration });
      if (!refused) tell("branched", true);
      return refused;
    });
    this.#note = new NoteForm(async (text, here) => {
      const iteration = here ? this.#player.iteration : null;
      const refused = await this.#questions.refusal({ do: "note", text, iteration });
      if (!refused) tell("noted", true); // the page runs again and hands over what the file holds now
      return refused;
    });
    const figures = element("div", { class: "panda-charts" });
    this.#views = new Views(figures, {
      Layers: async () => {
        const { default: Layers } = await import("./layers.js");
        return new Layers(this.#source());
      },
    });
    this.#root = element(
      "div",
      { class: "panda panda-playback", hidden: true },
      this.#banner,
      this.#player.node,
      this.#tiles.node,
      element(
        "div",
        { class: "panda-columns" },
        this.#views.node,
        element("div", { class: "panda-knobs" }, this.#was.node),
        element("div", { class: "panda-transport" }, branch.node, this.#note.node),
      ),
      this.#model.node,
      this.#past.node,
    );
    parent.append(this.#root);
    const look = (/** @type {ChartView} */ view) => this.#doing(() => this.#look(view));
    this.#charts = new Charts(figures, this.#curve, { look, spans: false });
    this.#view = this.#charts.view();
    const where = () => this.#curve.toAxis(this.#charts.axis)(this.#player.iteration);
    this.#veils = new Veils(figures, this.#charts.boxes.values(), where);
    this.#theme = whenThemeChanges(parent, () => {
      this.#charts.changed();
      this.#views.recolour();
      this.#model.recolour();
    });
    this.#loaded = Promise.all([
      loadStyle("style.css"),
      loadStyle("playback.css"),
      loadStyle("portrait.css"),
      loadPlotly(data.plotly),
    ]);
    this.#load();
  }

  destroy() {
    clearTimeout(this.#resting);
    clearTimeout(this.#modelling);
    this.#gone = true;
    this.#questions.abort();
    this.#theme.disconnect();
    this.#veils.destroy();
    this.#model.destroy();
    this.#player.destroy();
    this.#charts.destroy();
    this.#views.destroy();
    this.#root.remove();
  }

  /**
   * The page was run again: the file may hold more by now.
   * @param {Data} data
   */
  update(data) {
    const newer = data.stamp !== this.#data.stamp;
    this.#data = data;
    if (newer) this.#load();
  }

  // ---- what the server says ------------------------------------------------------------------------------------

  /** Everything, at first and whenever the file holds more. */
  async #load() {
    await this.#doing(async () => {
      /** @type {[Facts, void, unknown]} */
      const [facts] = await Promise.all([
        this.#questions.answer({ do: "facts" }),
        this.#look(this.#view),
        this.#loaded,
      ]);
      if (this.#gone) return;
      this.#facts = facts;
      this.#past.know(facts.happened);
      this.#was.know(facts.settings);
      this.#root.hidden = false;
      const stops = facts.happened.filter(({ kind }) => STOPS.includes(kind));
      this.#player.span(facts.start, facts.iteration, stops);
      this.#charts.changed();
      this.#views.show();
      this.#loads += 1;
      this.#root.dataset.loads = String(this.#loads);
    });
  }

  /** @param {ChartView} view */
  async #look(view) {
    const number = ++this.#number;
    this.#view = view;
    const answer = await this.#questions.ask({ do: "frame", view });
    const buffer = await answer.arrayBuffer();
    if (number !== this.#number || this.#gone) return;
    this.#curve.apply(buffer);
    this.#charts.changed();
    this.#views.show();
  }

  /**
   * Do something that may fail, and say so.
   * @param {() => Promise<void>} what
   */
  async #doing(what) {
    try {
      await what();
      this.#banner.hidden = true;
    } catch (error) {
      write(this.#banner, error instanceof Error ? error.message : String(error));
      this.#banner.hidden = this.#root.hidden = false;
    }
  }

  // ---- the playhead --------------------------------------------------------------------------------------------

  /**
   * @param {number} iteration
   * @param {boolean} playing
   */
  #moved(iteration, playing) {
    this.#veils.place();
    this.#views.show();
    this.#was.show(iteration);
    this.#past.show(iteration);
    this.#show({ ...numbersFromCurve(this.#curve, iteration, this.#was.values), iteration });
    Object.assign(this.#root.dataset, { iteration, exact: "false" });
    this.#note.at(iteration);
    this.#model.at(iteration, playing);
    clearTimeout(this.#resting);
    clearTimeout(this.#modelling);
    if (playing) return;
    this.#resting = setTimeout(() => this.#doing(() => this.#exactly(iteration)), REST);
    this.#modelling = setTimeout(() => this.#model.show(), LONG_REST);
  }

  /**
   * Where the playhead rests: the recorded numbers.
   * @param {number} iteration
   */
  async #exactly(iteration) {
    const { epoch, rate, cost, dev } = await this.#questions.answer({ do: "at", iteration });
    if (this.#player.iteration !== iteration || this.#player.playing || this.#gone) return;
    const { cost: devCost, accuracy, iteration: devAt } = dev ?? {};
    this.#show({ iteration, epoch, rate, cost, dev: devCost, accuracy, devAt });
    this.#root.dataset.exact = "true";
  }

  /** @param {Numbers} numbers */
  #show({ iteration, epoch, rate, cost, wide = 1, dev, accuracy, devAt }) {
    const { decay, learning_rate } = this.#was.values;
    const tiles = this.#tiles;
    tiles.set("iteration", whole(iteration), `of ${whole(this.#facts.iteration)}`);
    tiles.set("epoch", epochs(epoch));
    tiles.set("time", duration(this.#clock().toSeconds(iteration)), `of ${duration(this.#facts.seconds)}`);
    tiles.set("rate", short(rate), decay && decay !== "none" ? `α₀ ${short(learning_rate)}, ${decay}` : "");
    tiles.set("cost", steady(cost, 4), wide > 1 ? `mean of ${whole(wide)}` : "");
    const where = devAt === undefined || devAt === null ? "" : `at iteration ${whole(Math.round(devAt))}`;
    tiles.set("dev", steady(dev, 4), where);
    tiles.set("accuracy", percent(accuracy), where);
    tiles.set("changes", whole(this.#past.changes), `of ${whole(this.#past.all)}`);
  }

  /**
   * What a view of the gauges needs to know of this run.
   * @returns {import("./layers.js").Source}
   */
  #source() {
    return {
      curve: this.#curve,
      query: () => (({ session, stamp, run }) => ({ session, stamp, run }))(this.#data),
      line: () => [this.#data.stamp, this.#data.run].join(),
      until: () => this.#player.iteration,
      zoom: zoomOf(() => this.#charts, this.#curve),
    };
  }

  /** Seconds of training, and iterations: pauses are left out. */
  #clock() {
    const minutes = this.#curve.toAxis("minutes");
    const back = this.#curve.fromAxis("minutes");
    return {
      toSeconds: (/** @type {number} */ t) => 60 * minutes(t),
      toIteration: (/** @type {number} */ seconds) => back(seconds / 60),
    };
  }
}
