// @ts-check
// Advice on a live run: one quiet card with the most urgent, its evidence as a small line, a button that does it, and
// one that mutes its rule in this browser.

import { Advised } from "./advised.js";
import { button, element, write } from "./element.js";
import { measured, whole } from "./text.js";

/** @typedef {import("./connection.js").Command} Command */
/** @typedef {import("./advised.js").Advice} Advice */

const READING = 15_000; // milliseconds that a sentence stays before its numbers are new
const KEY = "panda-muted-advice";
const [WIDTH, HEIGHT] = [150, 46];
const SVG = "http://www.w3.org/2000/svg";

export class AdviceCard {
  #send;
  /** @type {Advice[]} */
  #said = [];
  #advised;
  #shown = ""; // the rule whose sentence stands there
  #rewritten = 0;
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
    this.#send = send;
    this.#advised = new Advised(
      run,
      () => !document.hidden,
      (said) => this.#hear(said),
    );
    document.addEventListener("visibilitychange", this.#visible);
    this.#act.classList.add("panda-primary");
    this.#mute.classList.add("panda-quiet");
    this.#listen.classList.add("panda-quiet");
    const text = element("div", {}, this.#sentence, element("div", { class: "panda-row" }, this.#act, this.#mute));
    this.#card.append(text, this.#evidence);
    this.node.append(this.#card, this.#muted);
  }

  /**
   * @param {import("./frames.js").Status} status
   * @param {number} changes how many there were
   */
  show(status, changes) {
    this.#advised.show(status, changes);
  }

  destroy() {
    document.removeEventListener("visibilitychange", this.#visible);
    this.#advised.destroy();
  }

  #visible = () => this.#advised.look();

  /** @param {Advice[]} said */
  #hear(said) {
    this.#said = said;
    this.#draw();
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
 * What a line of evidence is of, and its lowest and highest value: the sentence tells means, which lie between.
 * @param {string} label
 * @param {number[]} values
 */
export const captionOf = (label, values) =>
  `${label} between ${measured(Math.min(...values))} and ${measured(Math.max(...values))}`;

/**
 * The evidence as a line.
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
  const caption = captionOf(evidence.label, numbers);
  const said = `${caption}, iterations ${whole(begin)} to ${whole(end)}`;
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said }))
    svg.setAttribute(key, value);
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points.map(([t], i) => `${x(t).toFixed(1)},${y(numbers[i]).toFixed(1)}`).join(" "));
  svg.append(line);
  figure.append(svg, element("figcaption", {}, caption));
  return figure;
}
