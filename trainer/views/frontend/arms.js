// @ts-check
// The arms of a look-ahead, to take one of: a button each, which its number key presses, and their lines in the chart of
// the cost, where hovering names one and a click takes it.

import { button, element, write } from "./element.js";
import { short, whole } from "./text.js";

/** @typedef {import("./foreseen.js").Arm} Arm */
/** @typedef {import("./plot.js").Chart} Chart */

/**
 * @typedef {object} Point of a line that is hovered over, as Plotly tells of it
 * @property {{ uid: string }} data
 * @property {number} y
 * @property {{ d2p: (y: number) => number, _offset: number }} yaxis
 */

const STILL = 4; // pixels that a click moves, at most
const NEAR = 14; // pixels from a line, within which it is pointed at

export class Arms {
  #take;
  /** @type {Arm[]} */
  #arms = [];
  /** @type {Chart | null} where the lines are */
  #chart = null;
  /** @type {Point[]} those that are hovered over */
  #points = [];
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
    this.#arms = arms;
    if (this.#buttons.length !== arms.length) this.node.replaceChildren(...arms.map((_, i) => this.#button(i)));
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
    const under = (/** @type {MouseEvent} */ { clientY }) =>
      pointedAt(this.#points, clientY - chart.getBoundingClientRect().top);
    chart.on("plotly_hover", ({ points, event }) => {
      this.#points = points;
      this.#point(under(event));
    });
    chart.on("plotly_unhover", () => {
      this.#points = [];
      this.#point(-1);
    });
    // Plotly tells of other points only
    chart.addEventListener("mousemove", (event) => this.#point(under(event)));
    // Plotly tells of no click where it drew anew since the hand came, and covers the page while a button is down
    const pressed = (/** @type {MouseEvent} */ down) => {
      const arm = under(down);
      const released = (/** @type {MouseEvent} */ up) => {
        if (Math.hypot(up.clientX - down.clientX, up.clientY - down.clientY) < STILL) this.press(arm);
      };
      if (down.button === 0) document.addEventListener("mouseup", released, { capture: true, once: true });
    };
    chart.addEventListener("mousedown", pressed, { capture: true });
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
  }
}

/**
 * The number of the arm whose line is closest to the hand, and close; -1 where there is none.
 * @param {Point[]} points
 * @param {number} y of the hand, in pixels from the top of the chart
 */
export function pointedAt(points, y) {
  let [pointed, least] = [-1, NEAR];
  for (const { data, y: cost, yaxis } of points) {
    const arm = /^ahead-(\d+)$/.exec(data.uid);
    const away = Math.abs(yaxis._offset + yaxis.d2p(cost) - y);
    if (arm && away <= least) [pointed, least] = [Number(arm[1]), away];
  }
  return pointed;
}

/** @param {Arm} arm */
function spreadText({ dev_costs }) {
  const came = dev_costs.filter((cost) => cost !== null);
  if (!came.length) return dev_costs.length ? " (others diverge)" : "";
  return ` (${short(Math.min(...came), 3)} to ${short(Math.max(...came), 3)})`;
}

/**
 * The candidate, and what it brings.
 * @param {HTMLButtonElement} made
 * @param {Arm} arm
 * @param {number} i
 * @param {boolean} best
 */
function nameArm(made, arm, i, best) {
  const cost = short(arm.dev_cost ?? NaN, 3) + spreadText(arm);
  write(made, `${arm.label} → ${arm.diverges ? "diverges" : cost}`);
  const brings = arm.broke ? `breaks at iteration ${whole(arm.broke)}` : `dev cost ${cost}`;
  made.setAttribute("aria-label", `Take ${arm.label}: ${brings}`);
  made.title = i < 9 ? `${brings}; key ${i + 1}` : brings;
  made.classList.toggle("panda-best", best);
}
