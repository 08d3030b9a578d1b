// A recorded run played back. The page has the whole curve, every change and every note; the playhead moves over them
// without asking anybody, and where it rests the exact numbers are fetched.

import { Charts } from "./charts.js";
import { Curve } from "./frames.js";
import { loadPlotly, loadStyle, whenGone } from "./main.js";
import { Model } from "./model.js";
import { Player } from "./player.js";
import { Past, Was, numbersFromCurve } from "./playback_parts.js";
import { element, epochs, percent, short, steady, whole } from "./text.js";

const REST = 60;
const LONG_REST = 350; // before the network is computed again
const TILES = { iteration: "Iteration", epoch: "Epoch", time: "Training time", rate: "α in force", cost: "Cost", dev: "Dev cost", accuracy: "Dev accuracy", changes: "Interventions" };

export default function mount({ data, parentElement, setTriggerValue }) {
  const there = parentElement.panda;
  if (there && there.data.module === data.module && there.data.run === data.run) there.renew(data);
  else {
    there?.destroy();
    parentElement.panda = new Playback(data, parentElement);
  }
  const playback = parentElement.panda;
  playback.tell = setTriggerValue;
  return () => whenGone(parentElement, () => playback.destroy());
}

class Playback {
  constructor(data, parent) {
    this.data = data;
    this.curve = new Curve();
    this.facts = { settings: [], happened: [] };
    this.number = 0;
    this.asking = new AbortController();
    this.#build(parent);
    this.loaded = Promise.all([loadStyle(), loadStyle("playback.css"), loadPlotly(data.plotly)]);
    this.#load();
  }

  destroy() {
    clearTimeout(this.resting);
    clearTimeout(this.modelling);
    this.gone = true;
    this.asking.abort();
    for (const observer of [this.theme, this.drawn]) observer.disconnect();
    this.player.destroy();
    this.charts.destroy();
    this.root.remove();
  }

  /** The page was run again: the file may hold more by now. */
  renew(data) {
    const newer = data.stamp !== this.data.stamp;
    this.data = data;
    if (newer) this.#load();
  }

  // ---- what the server says ------------------------------------------------------------------------------------

  async #ask(wish) {
    const { token, session, stamp, run } = this.data;
    let answer;
    try {
      answer = await fetch("/panda/playback", {
        method: "POST",
        body: JSON.stringify({ token, session, stamp, run, ...wish }),
        signal: this.asking.signal,
      });
    } catch {
      throw new Error("The connection to Panda is lost. Start Panda again, then reload this page.");
    }
    if (!answer.ok) throw new Error((await answer.text()).trim());
    return answer;
  }

  /** Everything, at first and whenever the file holds more. */
  async #load() {
    await this.#doing(async () => {
      // one after the other: the first of them lets the server read the file
      const facts = await (await this.#ask({ do: "facts" })).json();
      await this.#look(this.view);
      await this.loaded;
      if (this.gone) return;
      this.facts = facts;
      this.past.know(facts.happened);
      this.was.know(facts.settings);
      this.root.hidden = false;
      const stops = facts.happened.filter(({ kind }) => ["intervention", "note", "nonfinite"].includes(kind));
      this.player.span(facts.start, facts.iteration, stops);
      this.charts.changed();
      this.root.dataset.loads = Number(this.root.dataset.loads ?? 0) + 1;
    });
  }

  async #look(view) {
    const number = ++this.number;
    this.view = view;
    const answer = await this.#ask({ do: "frame", view });
    const buffer = await answer.arrayBuffer();
    if (number !== this.number || this.gone) return;
    this.curve.apply(buffer);
    this.charts.changed();
  }

  /** Do something that may fail, and say so. */
  async #doing(what) {
    try {
      await what();
      this.banner.hidden = true;
      return true;
    } catch (error) {
      this.banner.textContent = error.message;
      this.banner.hidden = this.root.hidden = false;
      return false;
    }
  }

  // ---- the playhead --------------------------------------------------------------------------------------------

  #moved(iteration, playing) {
    this.#place();
    this.was.show(iteration);
    const changes = this.past.show(iteration);
    this.#show({ ...numbersFromCurve(this.curve, iteration, this.was.values), iteration, changes });
    this.root.dataset.iteration = iteration;
    this.root.dataset.exact = "false";
    this.there.textContent = `at iteration ${whole(iteration)}`;
    this.model.stale();
    clearTimeout(this.resting);
    clearTimeout(this.modelling);
    if (playing) return;
    this.resting = setTimeout(() => this.#doing(() => this.#exactly(iteration)), REST);
    this.modelling = setTimeout(() => this.model.show(iteration), LONG_REST);
  }

  /** Where the playhead rests: the recorded numbers. */
  async #exactly(iteration) {
    const at = await (await this.#ask({ do: "at", iteration })).json();
    if (this.player.iteration !== iteration || this.player.playing || this.gone) return;
    const { dev } = at;
    this.#show({
      iteration, changes: this.past.changes, epoch: at.epoch, rate: at.rate, cost: at.cost,
      dev: dev?.cost, accuracy: dev?.accuracy, devAt: dev?.iteration,
    });
    this.root.dataset.exact = "true";
  }

  #show({ iteration, epoch, rate, cost, wide, dev, accuracy, devAt, changes }) {
    const all = this.past.all;
    const seconds = this.#clock().toSeconds(iteration);
    const values = this.was.values;
    this.#tile("iteration", whole(iteration), `of ${whole(this.facts.iteration)}`);
    this.#tile("epoch", epochs(epoch));
    this.#tile("time", duration(seconds), `of ${duration(this.facts.seconds ?? 0)}`);
    this.#tile("rate", short(rate), values.decay && values.decay !== "none" ? `α₀ ${short(values.learning_rate)}, ${values.decay}` : "");
    this.#tile("cost", steady(cost, 4), wide > 1 ? `mean of ${whole(wide)}` : "");
    const where = devAt === undefined || devAt === null ? "" : `at iteration ${whole(Math.round(devAt))}`;
    this.#tile("dev", steady(dev, 4), where);
    this.#tile("accuracy", percent(accuracy), where);
    this.#tile("changes", whole(changes), `of ${whole(all)}`);
  }

  #tile(name, value, note = "") {
    for (const [node, text] of [[this.values[name], value], [this.notes[name], note]]) {
      if (node.textContent !== text) node.textContent = text;
    }
  }

  /** Seconds of training, and iterations: pauses are left out. */
  #clock() {
    const minutes = this.curve.toAxis("minutes");
    const back = this.curve.fromAxis("minutes");
    return { toSeconds: (t) => 60 * minutes(t), toIteration: (seconds) => back(seconds / 60) };
  }

  /** Draw a veil over what had not happened yet. */
  #place() {
    const x = this.curve.toAxis(this.charts.axis)(this.player.iteration);
    for (const [name, box] of this.charts.boxes) {
      const layout = box._fullLayout;
      const veil = this.veils.get(name);
      if (!layout?.xaxis) continue;
      if (!veil.listening) {
        veil.listening = true;
        box.on("plotly_afterplot", () => this.#place());
        box.on("plotly_relayouting", () => this.#place());
      }
      const { xaxis, yaxis } = layout;
      const [low, high] = xaxis.range;
      const share = (x - low) / (high - low);
      const left = Math.min(Math.max(share, 0), 1) * xaxis._length;
      veil.toggleAttribute("data-beyond", share < 0 || share > 1);
      Object.assign(veil.style, {
        left: `${box.offsetLeft + xaxis._offset + left}px`,
        width: `${xaxis._length - left}px`,
        top: `${box.offsetTop + yaxis._offset}px`,
        height: `${yaxis._length}px`,
      });
    }
  }

  // ---- what is on the page -------------------------------------------------------------------------------------

  #build(parent) {
    this.values = {};
    this.notes = {};
    const tiles = Object.entries(TILES).map(([name, label]) => {
      this.values[name] = element("dd", {}, "–");
      this.notes[name] = element("dd", { class: "panda-small" });
      return element("div", { class: `panda-tile panda-tile-${name}` }, element("dt", {}, label), this.values[name], this.notes[name]);
    });
    this.banner = element("div", { class: "panda-banner", role: "alert", "data-kind": "bad", hidden: true });
    this.player = new Player({ clock: () => this.#clock(), moved: (iteration, playing) => this.#moved(iteration, playing) });
    this.was = new Was(this.data.labels);
    this.model = new Model(async (iteration, example) => (await this.#ask({ do: "model", iteration, example })).json());
    this.past = new Past((iteration) => this.player.to(iteration));
    const figures = element("div", { class: "panda-charts" });
    this.root = element(
      "div", { class: "panda panda-playback" },
      this.banner,
      this.player.node,
      element("dl", { class: "panda-tiles", "aria-label": "Numbers at this iteration" }, ...tiles),
      element("div", { class: "panda-columns" }, figures, element("div", { class: "panda-knobs" }, this.was.node), element("div", { class: "panda-transport" }, this.#branch(), this.#remarks())),
      this.model.node,
      this.past.node,
    );
    this.root.hidden = true;
    parent.append(this.root);
    this.charts = new Charts(figures, this.curve, { look: (view) => this.#doing(() => this.#look(view)), spans: false });
    this.view = this.charts.view();
    this.veils = new Map();
    for (const [name, box] of this.charts.boxes) {
      const veil = element("div", { class: "panda-veil", "aria-hidden": "true" });
      box.parentElement.classList.add("panda-stage");
      box.parentElement.append(veil);
      this.veils.set(name, veil);
    }
    // the first drawing of a chart is seen here, those after it by Plotly itself
    this.drawn = new MutationObserver(() => this.#place());
    this.drawn.observe(figures, { attributes: true, attributeFilter: ["data-draws"] });
    this.theme = new MutationObserver(() => this.charts.changed());
    for (let node = parent.parentElement; node && node !== document.body; node = node.parentElement) {
      if (node.classList.contains("stBidiComponent")) break;
      this.theme.observe(node, { attributes: true, attributeFilter: ["class", "style"] });
    }
  }

  /** A new run from here, on the Train page. */
  #branch() {
    const button = element("button", { type: "button" }, "Branch from here");
    const said = element("p", { class: "panda-small", role: "status" });
    button.title = "A new run that begins as this one was at this iteration, with what was changed there; Undo takes that back";
    button.addEventListener("click", async () => {
      button.disabled = true;
      said.textContent = "Computing the network at this iteration …";
      try {
        const { refused } = await (await this.#ask({ do: "branch", iteration: this.player.iteration })).json();
        if (refused) throw new Error(`${refused}.`);
        this.tell("branched", true);
      } catch (error) {
        said.textContent = `Not done: ${error.message}`;
      }
      button.disabled = false;
    });
    return element("div", { class: "panda-branch" }, button, said);
  }

  #remarks() {
    const text = element("textarea", { maxlength: 2000, rows: 3, "aria-label": "Note" });
    this.there = element("span", {}, "at this iteration");
    const radio = (value, label, checked) => element("label", {}, element("input", { type: "radio", name: "panda-about", value, checked }), label);
    const send = element("button", { type: "submit" }, "Add note");
    const said = element("p", { class: "panda-small", role: "status" });
    const form = element(
      "form", { class: "panda-remarks" },
      element("h3", {}, "Note"), text,
      element("div", { class: "panda-row" }, radio("here", this.there, true), radio("all", "about the whole session")),
      element("div", { class: "panda-row" }, send, said),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const here = new FormData(form).get("panda-about") === "here";
      send.disabled = true;
      said.textContent = "";
      try {
        const answer = await this.#ask({ do: "note", text: text.value, iteration: here ? this.player.iteration : null });
        const { refused } = await answer.json();
        if (refused) throw new Error(`${refused}.`);
        text.value = "";
        said.textContent = "Recorded.";
        this.tell("noted", true); // the page runs again and hands over what the file holds now
      } catch (error) {
        said.textContent = `Not done: ${error.message}`;
      }
      send.disabled = false;
    });
    return form;
  }
}

function duration(seconds) {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const rest = String(Math.floor(seconds % 60)).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}:${rest} min` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest} h`;
}
