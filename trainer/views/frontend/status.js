// @ts-check
// How the run stands, in text; what went wrong and what to do.

import { element, write } from "./element.js";
import { headingOf } from "./served.js";
import { epochs, grouping, percent, short, steady, whole } from "./text.js";
import { Tiles } from "./tiles.js";

/** @typedef {import("./frames.js").Status} RunStatus */
/** @typedef {import("./connection.js").ConnectionState} ConnectionState */

/** @type {Record<string, string>} */
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

/** What stands in the row of tiles; of a series what the server calls it. */
const tileLabels = () => ({
  state: "Status",
  iteration: "Iteration",
  epoch: "Epoch",
  rate: "α in force",
  cost: headingOf("cost"),
  dev: headingOf("dev_cost"),
  accuracy: headingOf("dev_accuracy"),
  speed: "Iterations/s",
});

const ANEW = "Panda was started anew. Connecting again; if that takes long, reload this page.";
const LOST = "The connection to Panda is lost; training goes on if Panda runs. Trying again…";
const WAITING =
  "Nothing is lost: training waits here and goes on by itself as soon as recording succeeds. Free some space on the disk.";
const ASTRAY =
  "Training waits here. Write the record to a new file; where the file comes back, training goes on by itself.";
const FAILED =
  "What was recorded before is safe. Mend the cause, then press Resume to go on from the last recorded state, or start a new run.";
const RESCUE = "To go back: Undo, or on the Sessions page a branch from an iteration before the cost went wild.";
const DELETED = "The session of this run was deleted, so it cannot go on. Start begins another.";
const OVER = "Resume goes on with it in the same session; Start begins another.";

export class Status {
  #tiles = new Tiles(tileLabels(), { role: "status", "aria-live": "off", "aria-label": "State of the run" });
  #saved = element("p", { class: "panda-saved" });
  #spoken = element("p", { class: "panda-spoken", role: "status" });
  banner = element("div", { class: "panda-banner", role: "alert", hidden: true });
  node = element("div", {}, this.#tiles.node, this.#saved, this.#spoken);

  /**
   * @param {RunStatus} status
   * @param {ConnectionState} connection
   */
  show(status, connection) {
    const s = status;
    const state = s.state ?? "idle";
    const word = state === "blocked" && s.anew ? "Waiting for the file" : (WORDS[state] ?? state);
    const h = s.hyperparameters;
    const lost = connection !== "open";
    const tiles = this.#tiles;
    tiles.node.dataset.state = lost ? "lost" : state;
    tiles.set("state", lost ? "Not connected" : word);
    tiles.set("iteration", whole(s.iteration), s.iterations ? `of ${whole(s.iterations)}` : "");
    tiles.set("epoch", epochs(s.epoch));
    tiles.set(
      "rate",
      short(s.learning_rate),
      h && h.decay !== "none" ? `α₀ ${short(h.learning_rate)}, ${h.decay}` : "",
    );
    tiles.set("cost", steady(s.cost, 4));
    // it moves along while training; where that rests, it may be that of an earlier iteration
    const behind = state !== "running" && typeof s.evaluated === "number" && s.evaluated !== s.iteration;
    const where = behind ? `at iteration ${whole(s.evaluated)}` : "";
    tiles.set("dev", steady(s.dev_cost, 4), where);
    tiles.set("accuracy", percent(s.dev_accuracy), where);
    tiles.set("speed", whole(s.iterations_per_second));
    write(this.#saved, s.path ? `saved to ${s.path}` : "");
    const [text, kind] = trouble(s, state, connection);
    write(this.banner, text);
    this.banner.hidden = !text;
    this.banner.dataset.kind = kind;
    const moving = state === "running" || state === "idle";
    write(this.#spoken, lost ? "" : `${word}${moving ? "" : ` at iteration ${s.iteration}`}`);
  }
}

/**
 * What is wrong or over and what to do, and how bad it is.
 * @param {RunStatus} status
 * @param {string} state
 * @param {ConnectionState} connection
 * @returns {[text: string, kind: "" | "calm" | "warn" | "bad"]}
 */
function trouble(status, state, connection) {
  if (connection === "foreign") return [ANEW, "bad"];
  if (connection === "lost") return [LOST, "warn"];
  const reason = sentence(status.reason ?? "");
  if (state === "blocked" && status.anew) return [`${reason} ${ASTRAY}`, "bad"];
  if (state === "blocked") return [`${reason} ${WAITING}`, "warn"];
  if (state === "failed") return [`${reason} ${FAILED}`, "bad"];
  if (state === "paused" && /finite/.test(reason)) return [`${reason} ${RESCUE}`, "warn"];
  if (state !== "idle" && status.path === "") return [DELETED, "calm"];
  if (state === "interrupted") return [`${reason} Press Resume to go on.`, "warn"];
  if (state === "stopped" || state === "finished") return [`${reason} ${OVER}`, "calm"];
  const remarks = status.remarks ?? [];
  return remarks.length ? [remarks.map(sentence).join(" "), "warn"] : ["", ""];
}

/** @param {string} text */
function sentence(text) {
  return text ? grouping(`${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`) : "";
}
