// @ts-check
// Advice on a live run: one quiet card with the most urgent, its evidence as a small line, a button that does it, and
// one that mutes its rule in this browser. It lies over what is below: closed, it is opened by a button beside the views,
// as it is from the beginning where it is narrow and would lie over the cost. While somebody is at the card, it is not
// another one under the hand.

import { Advised } from "./advised.js";
import { button, element, rest, write } from "./element.js";
import { measured, whole } from "./text.js";

/** @typedef {import("./connection.js").Command} Command */
/** @typedef {import("./advised.js").Advice} Advice */

const READING = 15_000; // milliseconds that a sentence stays before its numbers are new
const KEY = "panda-muted-advice";
const [WIDTH, HEIGHT] = [150, 46];
const SVG = "http://www.w3.org/2000/svg";

export class AdviceCard {
  #send;
  #leave;
  /** @type {Advice[]} */
  #said = [];
  #advised;
  /** @type {Advice | undefined} whose sentence stands there */
  #shown;
  #rewritten = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #sentence = element("p");
  #evidence = element("div", { class: "panda-evidence" });
  #act = button("", () => this.#take());
  #over = element("p", { class: "panda-small", hidden: true }, "It is not advised any more.");
  #mute = button("Mute", () => this.#silence());
  #listen = button("Listen again", () => this.#hearAll());
  #close = button("Close", () => this.#open(false));
  #muted = element("p", { class: "panda-small" });
  #card = element("div", { class: "panda-advice-card" });
  #sized = new ResizeObserver(() => this.#leaveRoom());
  node = element("aside", { class: "panda-advice", "aria-label": "Advice", hidden: true });
  opener = button("Advice", () => this.#open(this.node.dataset.open !== "true"));

  /**
   * @param {string} run id of the live run
   * @param {(command: Command, said: string) => Promise<boolean>} send
   * @param {() => void} leave puts the focus of the keyboard elsewhere
   */
  constructor(run, send, leave) {
    this.#send = send;
    this.#leave = leave;
    this.#advised = new Advised(
      run,
      () => !document.hidden,
      (said) => this.#hear(said),
    );
    document.addEventListener("visibilitychange", this.#visible);
    this.#act.classList.add("panda-primary");
    this.#mute.classList.add("panda-quiet");
    this.#listen.classList.add("panda-quiet");
    this.#close.classList.add("panda-quiet");
    this.opener.classList.add("panda-advice-opener");
    this.opener.setAttribute("aria-expanded", "false");
    const does = element("div", { class: "panda-row" }, this.#act, this.#mute, this.#close);
    const text = element("div", {}, this.#sentence, this.#over, does);
    this.#card.append(text, this.#evidence);
    this.#card.addEventListener("mouseleave", () => this.#draw());
    this.#card.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && !this.#card.contains(relatedTarget)) this.#draw();
    });
    this.node.append(this.#card, this.#muted);
    this.#sized.observe(this.node);
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
    clearTimeout(this.#timer);
    this.#sized.disconnect();
    this.#advised.destroy();
  }

  #visible = () => this.#advised.look();

  /** @param {Advice[] | null} said */
  #hear(said) {
    this.#said = said ?? [];
    if (!said) this.#shown = undefined;
    this.#draw();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#draw(), READING);
  }

  #draw() {
    const muted = mutedRules();
    const quiet = this.#said.filter((one) => muted.includes(one.rule)).map((one) => one.rule);
    const isRead = performance.now() < this.#rewritten + READING && !this.#said.length;
    const { first, holds } = chosen(this.#said, muted, isRead || this.#attended() ? this.#shown : undefined);
    this.node.hidden = !first && !quiet.length;
    this.node.dataset.rule = first?.rule ?? "";
    this.#card.hidden = !first;
    this.opener.hidden = this.node.hidden; // it leads to what is muted, too
    this.#muted.hidden = !quiet.length;
    if (quiet.length) this.#muted.replaceChildren(`Muted: ${quiet.join(", ")}. `, this.#listen);
    if (this.node.hidden && this.node.dataset.open) this.#open(null);
    this.#over.hidden = holds;
    rest(this.#act, !holds);
    const before = this.#shown;
    if (!first) {
      this.#shown = undefined;
      return;
    }
    // its numbers stay for a while, as somebody reads them; not those of before a change
    const isNew = !before || !alike(first, before) || first.changed !== before.changed;
    if (isNew || (holds && performance.now() > this.#rewritten + READING)) {
      this.#shown = first;
      this.#rewritten = performance.now();
      write(this.#sentence, first.sentence);
      this.#evidence.replaceChildren(spark(first));
      write(this.#act, first.action);
    }
    this.#mute.title = `Say nothing more of this in this browser: ${first.rule}`;
  }

  /** How much of the page it lies over, from the edge of the screen: its margin and its height. */
  #leaveRoom() {
    const room = this.#card.hidden ? 0 : this.node.offsetHeight;
    this.node.parentElement?.style.setProperty("--panda-advice-room", room ? `calc(${room}px + 0.8rem)` : "0px");
  }

  /** Whether somebody is at the card: with the pointer or the keyboard, or, where it is narrow, has it open. */
  #attended() {
    const open = this.node.dataset.open === "true" && this.opener.offsetParent !== null;
    return open || this.#card.matches(":hover") || this.#card.querySelector(":focus-visible") !== null;
  }

  /** @param {boolean | null} open null is as it was from the beginning: open, unless it is narrow */
  #open(open) {
    const focused = this.node.contains(document.activeElement);
    if (open === null) delete this.node.dataset.open;
    else this.node.dataset.open = String(open);
    this.opener.setAttribute("aria-expanded", String(open === true));
    if (focused && !open) this.opener.focus();
    if (open && this.opener.offsetParent === null) (this.#card.hidden ? this.#listen : this.#close).focus();
    if (!open) this.#draw();
  }

  #take() {
    const first = this.#shown;
    if (!first) return;
    if (this.#card.contains(document.activeElement)) this.#leave();
    this.#said = [];
    this.#shown = undefined;
    this.#draw();
    this.#send({ do: "take-advice", rule: first.rule, at: first.end }, `Advice: ${first.action}`);
  }

  #silence() {
    remember([...mutedRules(), this.node.dataset.rule ?? ""]);
    this.#draw();
    if (this.#card.hidden) this.#listen.focus();
  }

  #hearAll() {
    remember([]);
    this.#draw();
    this.#mute.focus();
  }
}

/**
 * What the card shows, if anything, and whether it holds: the most urgent that is not muted, or what it held before.
 * @param {Advice[]} said the most urgent first
 * @param {string[]} muted
 * @param {Advice} [held] what somebody is at
 */
export function chosen(said, muted, held) {
  const heard = said.filter(({ rule }) => !muted.includes(rule));
  if (!held || muted.includes(held.rule)) return { first: heard[0], holds: true };
  const still = heard.find((one) => alike(one, held));
  return { first: still ?? held, holds: Boolean(still) };
}

/**
 * Whether both are of one rule and do the same.
 * @param {Advice} one
 * @param {Advice} other
 */
const alike = (one, other) => one.rule === other.rule && one.action === other.action;

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
 * What a line of evidence is of, and its lowest and highest value: the sentence tells means, which lie between. And from
 * which level on it is drawn.
 * @param {string} label
 * @param {number[]} values
 * @param {number} usual
 */
export function captionOf(label, values, usual) {
  const low = Math.min(...values);
  const from = usual ? `; ${measured(usual)} is usual` : low > 0 ? ", drawn from 0" : "";
  return `${label} between ${measured(low)} and ${measured(Math.max(...values))}${from}`;
}

/**
 * The evidence as a line, and at which iteration it was told.
 * @param {Advice} advice
 */
function spark({ evidence, end: at }) {
  const points = evidence.values
    .map((value, i) => /** @type {[number, number | string]} */ ([evidence.iterations[i], value]))
    .filter((point) => typeof point[1] === "number");
  const numbers = points.map((point) => Number(point[1]));
  const figure = element("figure");
  const told = element("span", { class: "panda-told" }, `told at iteration ${whole(at)}`);
  if (points.length < 2) {
    figure.append(element("figcaption", {}, told));
    return figure;
  }
  const { usual } = evidence;
  const [low, high] = [Math.min(usual, ...numbers), Math.max(usual, ...numbers)]; // noise does not fill the height
  const [begin, end] = [points[0][0], points[points.length - 1][0]];
  const x = (/** @type {number} */ t) => ((t - begin) / Math.max(1, end - begin)) * (WIDTH - 4) + 2;
  const y = (/** @type {number} */ v) => HEIGHT - 3 - ((v - low) / (high - low || 1)) * (HEIGHT - 6);
  const caption = captionOf(evidence.label, numbers, usual);
  const said = `${caption}, iterations ${whole(begin)} to ${whole(end)}`;
  const svg = document.createElementNS(SVG, "svg");
  const viewBox = `0 0 ${WIDTH} ${HEIGHT}`;
  const attributes = { viewBox, preserveAspectRatio: "none", role: "img", "aria-label": said };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points.map(([t], i) => `${x(t).toFixed(1)},${y(numbers[i]).toFixed(1)}`).join(" "));
  const level = document.createElementNS(SVG, "line");
  const ends = { x1: 0, x2: WIDTH, y1: y(usual).toFixed(1), y2: y(usual).toFixed(1) };
  for (const [key, value] of Object.entries(ends)) level.setAttribute(key, String(value));
  svg.append(level, line);
  figure.append(svg, element("figcaption", {}, caption, "; ", told));
  return figure;
}
