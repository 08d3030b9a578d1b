// How the run stands, in text; what went wrong and what to do; and the log of interventions.

import { answerBox } from "./controls.js";
import { changes, element, epochs, grouping, percent, short, steady, whole } from "./text.js";

const WORDS = {
  idle: "No run yet",
  running: "Running",
  paused: "Paused",
  blocked: "Waiting for the disk",
  finished: "Finished",
  stopped: "Stopped",
  interrupted: "Interrupted",
  failed: "Failed",
};

const RESCUE =
  "To go back: Undo, or on the Sessions page a branch from an iteration before the cost went wild.";

export class Status {
  constructor() {
    const tiles = { state: "Status", iteration: "Iteration", epoch: "Epoch", rate: "α in force", cost: "Cost", dev: "Dev cost", accuracy: "Dev accuracy", speed: "Iterations/s" };
    this.values = {};
    this.notes = {};
    const list = Object.entries(tiles).map(([name, label]) => {
      this.values[name] = element("dd", {}, "–");
      this.notes[name] = element("dd", { class: "panda-small" });
      return element("div", { class: `panda-tile panda-tile-${name}` }, element("dt", {}, label), this.values[name], this.notes[name]);
    });
    this.tiles = element("dl", { class: "panda-tiles", role: "status", "aria-live": "off", "aria-label": "State of the run" }, ...list);
    this.banner = element("div", { class: "panda-banner", role: "alert", hidden: true });
    this.saved = element("p", { class: "panda-saved" });
    this.spoken = element("p", { class: "panda-spoken", role: "status" });
    this.node = element("div", {}, this.tiles, this.saved, this.spoken);
  }

  show(status, connection) {
    const s = status;
    const state = s.state ?? "idle";
    const h = s.hyperparameters;
    const lost = connection !== "open";
    this.#set("state", lost ? "Not connected" : WORDS[state] ?? state);
    this.tiles.dataset.state = lost ? "lost" : state;
    this.#set("iteration", whole(s.iteration), s.iterations ? `of ${whole(s.iterations)}` : "");
    this.#set("epoch", epochs(s.epoch));
    this.#set("rate", short(s.learning_rate), h && h.decay !== "none" ? `α₀ ${short(h.learning_rate)}, ${h.decay}` : "");
    this.#set("cost", steady(s.cost, 4));
    // it moves along while training; where that rests, it may be that of an earlier iteration
    const behind = state !== "running" && typeof s.evaluated === "number" && s.evaluated !== s.iteration;
    const where = behind ? `at iteration ${whole(s.evaluated)}` : "";
    this.#set("dev", steady(s.dev_cost, 4), where);
    this.#set("accuracy", percent(s.dev_accuracy), where);
    this.#set("speed", whole(s.iterations_per_second));
    put(this.saved, s.path ? `saved to ${s.path}` : "");
    const [said, kind] = this.#trouble(s, state, connection);
    put(this.banner, said);
    this.banner.hidden = !said;
    this.banner.dataset.kind = kind;
    put(this.spoken, lost ? "" : `${WORDS[state] ?? state}${state === "running" || state === "idle" ? "" : ` at iteration ${s.iteration}`}`);
  }

  #trouble(s, state, connection) {
    if (connection === "foreign") return ["Panda was started anew. Connecting again; if that takes long, reload this page.", "bad"];
    if (connection === "lost") return ["The connection to Panda is lost; training goes on if Panda runs. Trying again…", "warn"];
    const reason = sentence(s.reason ?? "");
    if (state === "blocked") return [`${reason} Nothing is lost: training waits here and goes on by itself as soon as recording succeeds. Free some space on the disk.`, "warn"];
    if (state === "failed") return [`${reason} What was recorded before is safe. Mend the cause, then press Resume to go on from the last recorded state, or start a new run.`, "bad"];
    if (state === "paused" && /finite/.test(reason)) return [`${reason} ${RESCUE}`, "warn"];
    if (state !== "idle" && s.path === "") return ["The session of this run was deleted, so it cannot go on. Start begins another.", "calm"];
    if (state === "interrupted") return [`${reason} Press Resume to go on.`, "warn"];
    if (state === "stopped" || state === "finished") return [`${reason} Resume goes on with it in the same session; Start begins another.`, "calm"];
    return s.remarks?.length ? [s.remarks.map(sentence).join(" "), "warn"] : ["", ""];
  }

  #set(name, value, note = "") {
    put(this.values[name], value);
    put(this.notes[name], note);
  }
}

/** The interventions and the notes as a list, newest first. */
export class Log {
  constructor() {
    this.list = element("ol", { class: "panda-log", reversed: true });
    this.none = element("p", { class: "panda-small" }, "None yet. What you change while training appears here and as a marker on every chart; a note without a change appears here.");
    this.node = element("section", { class: "panda-history", "aria-label": "Interventions" }, element("h3", {}, "Interventions"), this.none, this.list);
    this.shown = [];
  }

  show(marks, notes, epoch) {
    if (marks === this.shown[0] && notes === this.shown[1]) return;
    this.shown = [marks, notes];
    const all = [...marks, ...notes.map((note) => ({ ...note, epoch: epoch(note.iteration) }))];
    all.sort((a, b) => a.iteration - b.iteration);
    this.list.replaceChildren(...all.map(entry).reverse());
    this.none.hidden = all.length > 0;
  }
}

/** What was left by going back or branching, the latest first, each with a way back to its end. */
export class Left {
  constructor(goOn) {
    this.goOn = goOn;
    this.list = element("ol", { class: "panda-log", reversed: true });
    this.answer = answerBox();
    this.node = element("section", { class: "panda-history", "aria-label": "Left behind", hidden: true }, element("h3", {}, "Left behind"), this.list, this.answer);
    this.shown = [];
  }

  show(parts, able) {
    if (parts !== this.shown) {
      this.list.replaceChildren(...parts.map((part) => this.#entry(part)).reverse());
      this.node.hidden = parts.length === 0;
      this.shown = parts;
    }
    for (const button of this.list.querySelectorAll("button")) if (button.disabled === able) button.disabled = !able;
  }

  #entry({ run, iteration, change }) {
    const button = element("button", { type: "button", class: "panda-quiet" }, "Go on from there");
    button.addEventListener("click", () => !button.disabled && this.goOn({ do: "branch", run }, `Run ${run}`, this.answer));
    const where = element("span", { class: "panda-where" }, `run ${run}, left at iteration ${whole(iteration)}`);
    return element("li", {}, where, ...(change.after ? [element("span", {}, changes(change))] : []), button);
  }
}

function entry(mark) {
  const where = element("span", { class: "panda-where" }, `iteration ${whole(mark.iteration)}, epoch ${epochs(mark.epoch)}`);
  const what = mark.after ? element("strong", {}, changes(mark)) : element("span", {}, "Note");
  const parts = [where, what, element("span", { class: "panda-small" }, `by ${mark.author}`)];
  if (mark.note) parts.push(element("q", {}, mark.note));
  return element("li", {}, ...parts);
}

const sentence = (text) => (text ? grouping(`${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`) : "");

/** Only what changed is written, so that nothing flickers and nothing is said twice. */
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
