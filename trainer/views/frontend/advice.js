// @ts-check
// Advice on a live run: one quiet card with the most urgent, its evidence as a small line, a button that does it, and
// one that mutes its rule in this browser.

import { button, element, write } from "./element.js";
import { short, whole } from "./text.js";

/** @typedef {import("./connection.js").Command} Command */
/** @typedef {{ label: string, iterations: number[], values: (number | string)[] }} Evidence */
/** @typedef {{ rule: string, sentence: string, series: string, begin: number, end: number, action: string, evidence: Evidence }} Advice see advising.py */

const PERIOD = 2000; // milliseconds from one look to the next, at least
const READING = 15_000; // milliseconds that a sentence stays before its numbers are new
const KEY = "panda-muted-advice";
const [WIDTH, HEIGHT] = [150, 46];
const SVG = "http://www.w3.org/2000/svg";

export class AdviceCard {
  #run;
  #send;
  /** @type {Advice[]} */
  #said = [];
  #asking = false;
  #due = 0;
  #iteration = -1;
  #shown = ""; // the rule whose sentence stands there
  #rewritten = 0;
  #open = false; // whether the run is under way
  #gone = new AbortController();
  #sentence = element("p");
  #evidence = element("div", { class: "panda-evidence" });
  #act = button("", () => this.#take());
  #mute = button("Mute", () => this.#silence());
  #listen = button("Listen again", () => this.#hearAll());
  #muted = element("p", { class: "panda-small" });
  #card = element("div", { class: "panda-advice-card" });
  node = element("aside", { class: "panda-advice", "aria-label": "Advice", hidden: true });

  /**
   * @param {string} run id of the live run
   * @param {(command: Command, said: string) => Promise<boolean>} send
   */
  constructor(run, send) {
    this.#run = run;
    this.#send = send;
    this.#act.classList.add("panda-primary");
    this.#mute.classList.add("panda-quiet");
    this.#listen.classList.add("panda-quiet");
    const text = element("div", {}, this.#sentence, element("div", { class: "panda-row" }, this.#act, this.#mute));
    this.#card.append(text, this.#evidence);
    this.node.append(this.#card, this.#muted);
  }

  /** @param {import("./frames.js").Status} status */
  show(status) {
    this.#open = ["running", "paused"].includes(status.state ?? "idle");
    const iteration = status.iteration ?? 0;
    if (!this.#open) {
      this.#said = [];
      this.#iteration = -1;
      this.#draw();
    } else if (iteration !== this.#iteration && !this.#asking && !document.hidden && performance.now() > this.#due) {
      this.#iteration = iteration;
      this.#ask();
    }
  }

  destroy() {
    this.#gone.abort();
  }

  async #ask() {
    this.#asking = true;
    try {
      const answer = await fetch(`/panda/advice?run=${encodeURIComponent(this.#run)}`, { signal: this.#gone.signal });
      if (answer.ok) this.#said = await answer.json();
    } catch {
      // without a connection there is no news of the run either, and the page says so
    }
    this.#asking = false;
    this.#due = performance.now() + PERIOD;
    if (!this.#open) this.#said = [];
    if (!this.#gone.signal.aborted) this.#draw();
  }

  #draw() {
    const muted = mutedRules();
    const heard = this.#said.filter((one) => !muted.includes(one.rule));
    const quiet = this.#said.filter((one) => muted.includes(one.rule)).map((one) => one.rule);
    const [first] = heard;
    this.node.hidden = !this.#said.length;
    this.node.dataset.rule = first?.rule ?? "";
    this.#card.hidden = !first;
    this.#muted.hidden = !quiet.length;
    if (quiet.length) this.#muted.replaceChildren(`Muted: ${quiet.join(", ")}. `, this.#listen);
    if (!first) return;
    // its numbers stay for a while, as somebody reads them
    if (first.rule !== this.#shown || performance.now() > this.#rewritten + READING) {
      this.#shown = first.rule;
      this.#rewritten = performance.now();
      write(this.#sentence, first.sentence);
      this.#evidence.replaceChildren(spark(first));
    }
    write(this.#act, first.action);
    this.#mute.title = `Say nothing more of this in this browser: ${first.rule}`;
  }

  #take() {
    const first = this.#said.find((one) => one.rule === this.node.dataset.rule);
    if (!first) return;
    this.#said = [];
    this.#draw();
    this.#send({ do: "take-advice", rule: first.rule }, `Advice: ${first.action}`);
  }

  #silence() {
    remember([...mutedRules(), this.node.dataset.rule ?? ""]);
    this.#draw();
  }

  #hearAll() {
    remember([]);
    this.#draw();
  }
}

/** @returns {string[]} */
function mutedRules() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return []; // somebody else wrote there, or nothing may be kept
  }
}

/** @param {string[]} rules */
function remember(rules) {
  try {
    localStorage.setItem(KEY, JSON.stringify(rules));
  } catch {
    // a browser that keeps nothing goes on advising
  }
}

/**
 * The evidence as a line, with its first and last value.
 * @param {Advice} advice
 */
function spark({ evidence }) {
  const points = evidence.values
    .map((value, i) => /** @type {[number, number | string]} */ ([evidence.iterations[i], value]))
    .filter((point) => typeof point[1] === "number");
  const numbers = points.map((point) => Number(point[1]));
  const figure = element("figure");
  if (points.length < 2) return figure;
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const [begin, end] = [points[0][0], points[points.length - 1][0]];
  const x = (/** @type {number} */ t) => ((t - begin) / Math.max(1, end - begin)) * (WIDTH - 4) + 2;
  const y = (/** @type {number} */ v) => HEIGHT - 3 - ((v - low) / (high - low || 1)) * (HEIGHT - 6);
  const name = evidence.label;
  const said = `${name}: ${short(numbers[0], 3)} at iteration ${whole(begin)}, ${short(numbers[numbers.length - 1], 3)} at iteration ${whole(end)}`;
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said }))
    svg.setAttribute(key, value);
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points.map(([t], i) => `${x(t).toFixed(1)},${y(numbers[i]).toFixed(1)}`).join(" "));
  svg.append(line);
  figure.append(
    svg,
    element("figcaption", {}, `${name} ${short(numbers[0], 3)} → ${short(numbers[numbers.length - 1], 3)}`),
  );
  return figure;
}
