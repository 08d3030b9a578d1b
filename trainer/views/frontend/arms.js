// @ts-check
// The arms of a look-ahead, to take one of: a button each, which its number key presses, and their lines in the chart of
// the cost, where hovering names one and a click takes it.

import { button, element, write } from "./element.js";
import { marginOf } from "./layout.js";
import { plotArea, shareOf } from "./plot.js";
import { measured, whole } from "./text.js";

/** @typedef {import("./foreseen.js").Arm} Arm */
/** @typedef {import("./plot.js").Chart} Chart */

/** @typedef {[number, number]} Place in pixels, from the left and the top */

const STILL = 4; // pixels that a click moves, at most
const ASIDE = 10; // pixels from the hand to the name of what it is at
const COST = 9; // digits that a button has room for after its candidate, at least: an arrow and a cost,
const SPREAD = 28; // and what it is in other orders
const NEAR = 14; // pixels from a line, within which it is pointed at

export class Arms {
  #take;
  /** @type {Arm[]} */
  #arms = [];
  /** @type {Chart | null} where the lines are */
  #chart = null;
  /** @type {Place | null} of the hand in the chart */
  #hand = null;
  #name = element("span", { class: "panda-arm-name", "aria-hidden": "true", hidden: true }); // beside the hand
  node = element("div", { class: "panda-row", role: "group", "aria-label": "Arms of the look-ahead" });

  /** @param {(arm: Arm) => void} take */
  constructor(take) {
    this.#take = take;
  }

  /** Whether there are any. */
  get any() {
    return this.node.hasChildNodes();
  }

  /**
   * @param {Arm[]} arms
   * @param {number | null} best
   */
  show(arms, best) {
    if (this.#buttons.length !== arms.length) {
      this.clear();
      this.node.replaceChildren(...arms.map((_, i) => this.#button(i)));
    }
    this.#arms = arms;
    this.#buttons.forEach((made, i) => nameArm(made, arms[i], i, i === best)); // in place: one may have the focus
  }

  clear() {
    this.#arms = [];
    this.node.replaceChildren();
    this.#point(-1);
  }

  /**
   * Take the arm with that number.
   * @param {number} i
   */
  press(i) {
    this.#buttons[i]?.click();
  }

  /**
   * Where their lines are, once that is drawn.
   * @param {Chart | undefined} chart
   */
  listen(chart) {
    if (!chart?.on || chart === this.#chart) return;
    this.#chart = chart;
    chart.after(this.#name);
    const at = (/** @type {PointerEvent | null} */ event) => {
      const { left, top } = chart.getBoundingClientRect();
      this.#hand = event && [event.clientX - left, event.clientY - top];
      return this.#see();
    };
    // none of Plotly's own events: it tells of no hovering and no click where it drew anew since the hand came
    chart.addEventListener("pointermove", at);
    chart.addEventListener("pointerleave", () => at(null));
    chart.on("plotly_afterplot", () => this.#see());
    const pressed = (/** @type {PointerEvent} */ down) => {
      const arm = at(down);
      const released = (/** @type {PointerEvent} */ up) => {
        if (Math.hypot(up.clientX - down.clientX, up.clientY - down.clientY) < STILL) this.press(arm);
      };
      if (down.button === 0) document.addEventListener("pointerup", released, { capture: true, once: true });
    };
    chart.addEventListener("pointerdown", pressed, { capture: true });
  }

  /** Which arm the hand is at, now; -1 is none. */
  #see() {
    const arm = this.#chart && this.#hand ? pointedAt(linesOf(this.#chart), this.#hand) : -1;
    this.#point(arm);
    return arm;
  }

  get #buttons() {
    return [...this.node.querySelectorAll("button")];
  }

  /** @param {number} i */
  #button(i) {
    return button("", () => this.#take(this.#arms[i]));
  }

  /**
   * Show which one is pointed at in the chart.
   * @param {number} i -1 is none
   */
  #point(i) {
    this.#buttons.forEach((made, j) => made.classList.toggle("panda-pointed", j === i));
    this.#chart?.classList.toggle("panda-takes", i in this.#arms);
    this.#name.hidden = !(i in this.#arms);
    if (!this.#hand || !this.#chart || this.#name.hidden) return;
    write(this.#name, this.#buttons[i].textContent);
    const [x, y] = this.#hand;
    const room = this.#chart.clientWidth - this.#name.offsetWidth;
    Object.assign(this.#name.style, {
      left: `${this.#chart.offsetLeft + Math.min(x + ASIDE, room)}px`,
      top: `${this.#chart.offsetTop + Math.max(0, y - this.#name.offsetHeight - ASIDE)}px`,
    });
  }
}

/**
 * The lines of the arms as they are drawn, by the number of the arm.
 * @param {Chart} chart
 * @returns {Map<number, Place[]>}
 */
function linesOf(chart) {
  const { data = [], layout } = chart;
  if (!layout) return new Map();
  const { left, top, width, height } = plotArea(chart, marginOf(layout.showlegend, Boolean(layout.xaxis.title)));
  const across = shareOf(layout.xaxis);
  const up = shareOf(layout.yaxis);
  return new Map(
    data
      .filter(({ uid }) => /^ahead-\d+$/.test(uid))
      .map(({ uid, x, y }) => [
        Number(uid.slice("ahead-".length)),
        x.flatMap((value, i) => {
          const cost = y[i];
          if (value === null || cost === null) return [];
          return [[left + across(value) * width, top + (1 - up(cost)) * height]];
        }),
      ]),
  );
}

/**
 * The number of the arm whose line is closest to the hand, and close; -1 where there is none.
 * @param {Map<number, Place[]>} lines
 * @param {Place} hand
 */
export function pointedAt(lines, hand) {
  let [pointed, least] = [-1, NEAR];
  for (const [arm, line] of lines) {
    const away = Math.min(...line.slice(1).map((to, i) => distance(hand, line[i], to)));
    if (away <= least) [pointed, least] = [arm, away];
  }
  return pointed;
}

/**
 * Of a place from the straight line between two others.
 * @param {Place} hand
 * @param {Place} from
 * @param {Place} to
 */
function distance([x, y], [x0, y0], [x1, y1]) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  // the part of the way at which the line is closest: (hand - from) . (to - from) / |to - from|^2, within 0 to 1
  const way = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x0 - way * dx, y - y0 - way * dy);
}

/** @param {Arm} arm */
export function spreadText({ dev_cost, dev_costs }) {
  if (!dev_costs.length) return "";
  if (dev_costs.every((cost) => cost === null)) return " (others diverge)";
  const came = [dev_cost, ...dev_costs].filter((cost) => cost !== null);
  return ` (${measured(Math.min(...came))} to ${measured(Math.max(...came))})`;
}

/**
 * The candidate, and what it brings.
 * @param {HTMLButtonElement} made
 * @param {Arm} arm
 * @param {number} i
 * @param {boolean} best
 */
function nameArm(made, arm, i, best) {
  const cost = measured(arm.dev_cost) + spreadText(arm);
  made.style.setProperty("--panda-longest", String(arm.label.length + (arm.dev_costs.length ? SPREAD : COST)));
  write(made, `${arm.label} → ${arm.diverges ? "diverges" : cost}`);
  const brings = arm.broke ? `breaks at iteration ${whole(arm.broke)}` : `dev cost ${cost}`;
  made.setAttribute("aria-label", `Take ${arm.label}: ${brings}`);
  made.title = i < 9 ? `${brings}; key ${i + 1}` : brings;
  made.classList.toggle("panda-best", best);
}
