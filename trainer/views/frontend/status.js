// @ts-check
// How the run stands, in text.

import { element, write } from "./element.js";
import { headingOf } from "./served.js";
import { epochs, percent, remaining, short, steady, whole } from "./text.js";
import { Tiles } from "./tiles.js";
import { trouble } from "./trouble.js";

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

export class Status {
  #tiles = new Tiles(tileLabels(), {});
  #saved = element("p", { class: "panda-saved" });
  #spoken = element("p", { class: "panda-spoken", role: "status" });
  banner = element("div", { class: "panda-banner", role: "alert", hidden: true });
  node = element(
    "div",
    {},
    element("div", { role: "status", "aria-live": "off", "aria-label": "State of the run" }, this.#tiles.node),
    this.#saved,
    this.#spoken,
  );

  /**
   * @param {RunStatus} status
   * @param {ConnectionState} connection
   * @param {import("./trouble.js").Changed[]} interventions those that can be taken back, the latest last
   */
  show(status, connection, interventions) {
    const s = status;
    const state = s.state ?? "idle";
    const word = state === "blocked" && s.anew ? "Waiting for the file" : (WORDS[state] ?? state);
    const h = s.hyperparameters;
    const lost = connection !== "open";
    const tiles = this.#tiles;
    tiles.node.dataset.state = lost ? "lost" : state;
    tiles.set("state", lost ? "Not connected" : word);
    tiles.set("iteration", whole(s.iteration), howFar(s));
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
    const [text, kind] = trouble(s, connection, interventions.at(-1));
    write(this.banner, text);
    this.banner.hidden = !text;
    this.banner.dataset.kind = kind;
    const moving = state === "running" || state === "idle";
    write(this.#spoken, lost ? "" : `${word}${moving ? "" : ` at iteration ${whole(s.iteration)}`}`);
  }
}

/**
 * Where the run pauses or ends, if anywhere, and how long it takes until then as fast as it is now.
 * @param {RunStatus} status
 */
export function howFar({ iterations, pause_at, iteration = 0, iterations_per_second: speed = 0 }) {
  const next = pause_at ?? iterations;
  if (!next) return "";
  const left = speed > 0 && next > iteration ? ` · ${remaining((next - iteration) / speed)} left` : "";
  return `${pause_at ? "pauses at" : "of"} ${whole(next)}${left}`;
}
