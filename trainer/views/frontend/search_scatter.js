// @ts-check
// Two hyperparameters of all trials, each on its proper scale; a box that is drawn here brushes both.

import { element } from "./element.js";
import { whenDragged } from "./search_drag.js";
import { twoOf } from "./search_facts.js";
import { Picture, svg, titled } from "./search_picture.js";
import { plane } from "./search_plane.js";
import { trialInWords } from "./search_words.js";

/** @typedef {import("./search_facts.js").Extents} Extents */
/** @typedef {import("./search_facts.js").Trial} Trial */
/** @typedef {import("./search_plane.js").Plane} Plane */
/** @typedef {import("./search_shown.js").Shown} Shown */

const HEIGHT = 340;
const CLICK = 4; // pixels: a smaller box takes the brush away
const SHADES = 20; // so that most marks stay as they are when a cost range becomes another
const CROSS = "M-4 -4L4 4M-4 4L4 -4";

export class Scatter {
  #shown;
  #brushed;
  #axes = { x: this.#choice("Horizontal axis", 0), y: this.#choice("Vertical axis", 1) };
  /** @type {[string | null, string | null]} */
  #chosen = [null, null];
  #brushes = svg("g");
  /** @type {Map<Trial, { key: string, mark: SVGElement }>} as they are drawn: of most trials nothing has changed */
  #marks = new Map();
  /** @type {Plane | null} */
  #plane = null;
  #up = element("label", { class: "panda-choice" }, "up", this.#axes.y);
  picture;

  /**
   * @param {Shown} shown
   * @param {() => void} brushed the brush that all pictures share has changed
   */
  constructor(shown, brushed) {
    this.#shown = shown;
    this.#brushed = brushed;
    const tools = element(
      "div",
      { class: "panda-tools" },
      element("label", { class: "panda-choice" }, "across", this.#axes.x),
      this.#up,
    );
    this.picture = new Picture("Every trial a point", (width) => this.#draw(width), { tools });
  }

  /** Names of the two dimensions that are shown. */
  get names() {
    return twoOf(
      this.#shown.search.dimensions.map(({ name }) => name),
      this.#chosen,
    );
  }

  changed() {
    const { search } = this.#shown;
    const labels = this.names.map((name) => search.dimensions.find((each) => each.name === name)?.label ?? "");
    this.picture.describe(
      `Scatter of ${search.trials.length} trials: ${labels.join(" across, ")} up, coloured by dev cost; all of it is in` +
        ` the table below. Draw a box to mark ranges, or type ranges into the form above.`,
    );
    for (const [i, select] of [this.#axes.x, this.#axes.y].entries()) {
      const names = search.dimensions.map(({ name }) => name).join();
      if (select.dataset.names !== names) {
        select.dataset.names = names;
        select.replaceChildren(
          ...search.dimensions.map(({ name, label }) => element("option", { value: name }, label)),
        );
      }
      select.value = this.names[i];
    }
    this.#up.hidden = search.dimensions.length < 2; // then it is the dev cost
    this.picture.changed();
  }

  /** The brush is another; nothing else. */
  brush() {
    const { marked } = this.#shown;
    const [x, y] = this.names.map((name) => marked[name]);
    const nodes = (x || y) && this.#plane ? [this.#rectangle("panda-brush", x, y)] : [];
    this.#brushes.replaceChildren(...nodes);
  }

  /**
   * @param {string} label
   * @param {0 | 1} i
   */
  #choice(label, i) {
    const select = element("select", { "aria-label": label });
    select.addEventListener("change", () => {
      const before = this.names;
      this.#chosen = [before[0] || null, before[1] || null];
      this.#chosen[i] = select.value;
      if (this.#chosen[1 - i] === select.value) this.#chosen[1 - i] = before[i]; // both the same: they change places
      this.changed();
    });
    return select;
  }

  /** @param {number} width */
  #draw(width) {
    const { search } = this.#shown;
    const [x, y] = this.names.map((name) => search.dimensions.find((each) => each.name === name));
    if (!x) return;
    const up = y ? { text: y.label, ticks: y.ticks } : { text: "Dev cost", ticks: this.#shown.costTicks() };
    const made = (this.#plane = plane(width, HEIGHT, { text: x.label, ticks: x.ticks }, up));
    made.drawing.append(...this.#boxes(), ...this.#points(), ...this.#labels(), this.#brushes);
    made.drawing.classList.add("panda-crosshair");
    this.#listen(made);
    this.brush();
    this.picture.box.replaceChildren(made.drawing);
    this.picture.under.replaceChildren(
      element("div", { class: "panda-legend" }, ...this.#shown.legend({ boxes: true })),
    );
  }

  /** The boxes of all rounds, and the one that is proposed. */
  #boxes() {
    const { search, round } = this.#shown;
    const nodes = search.rounds.map((each) => {
      const looks = each === round ? "panda-box-now" : "panda-box-before";
      return titled(this.#rectangleOf(looks, each.unit), `box of round ${each.number}`);
    });
    if (search.zoom_unit) nodes.push(this.#rectangleOf("panda-box-zoom", search.zoom_unit));
    return nodes;
  }

  /** What the present box and the proposed one are called. */
  #labels() {
    const { search, round } = this.#shown;
    const names = round ? [this.#named(round.unit, `round ${round.number}`)] : [];
    return search.zoom_unit ? [...names, this.#named(search.zoom_unit, "zoom", true)] : names;
  }

  /**
   * The name of a box, at a corner inside of it.
   * @param {Extents} extents
   * @param {string} text
   */
  #named(extents, text, below = false) {
    const { xOf, yOf, low } = this.#made();
    const [x, y] = this.names.map((name) => extents[name] ?? [0, 1]);
    const [at, above] = [xOf(x[0]) + 4, yOf(y[1]) + 13];
    const under = Math.min(low - 4, yOf(y[0]) + 13);
    return svg("text", { class: "panda-box-name", x: at, y: below ? under : above }, text);
  }

  #points() {
    const { search, best } = this.#shown;
    const [x, y] = this.names;
    const { xOf, yOf } = this.#made();
    const worstFirst = search.trials.toSorted((a, b) => (b.dev_cost ?? Infinity) - (a.dev_cost ?? Infinity));
    const before = this.#marks;
    this.#marks = new Map();
    return worstFirst.map((trial) => {
      const exact = this.#shown.place(trial);
      const place = exact === null ? null : Math.round(exact * SHADES) / SHADES;
      const at = `translate(${xOf(trial.unit[x] ?? 0).toFixed(1)} ${yOf((y ? trial.unit[y] : exact) ?? 0).toFixed(1)})`;
      const color = this.#shown.color(place);
      const key = `${at} ${color} ${trial === best}`;
      const known = before.get(trial);
      const mark = known?.key === key ? known.mark : this.#mark(trial, at, color);
      this.#marks.set(trial, { key, mark });
      return mark;
    });
  }

  /**
   * @param {Trial} trial
   * @param {string} at
   * @param {string} color
   */
  #mark(trial, at, color) {
    const { search, best } = this.#shown;
    const looks = { transform: at, "data-trial": trial.index, "data-state": trial.state };
    let mark;
    if (trial.state === "training" || trial.state === "waiting") {
      mark = svg("circle", { ...looks, r: 5, style: `stroke:${color}`, class: "panda-point-open" });
    } else if (trial.dev_cost === null) {
      mark = svg("path", { ...looks, d: CROSS, class: "panda-point-cross" });
    } else mark = svg("circle", { ...looks, r: 4.5, style: `fill:${color}`, class: "panda-point" });
    if (trial === best) mark.classList.add("panda-point-best");
    return titled(mark, trialInWords(trial, search.dimensions));
  }

  /**
   * A box by name.
   * @param {string} looks
   * @param {Extents} extents
   */
  #rectangleOf(looks, extents) {
    const [x, y] = this.names;
    return this.#rectangle(looks, extents[x], extents[y]);
  }

  /**
   * @param {string} looks
   * @param {import("./search_facts.js").Extent} [x]
   * @param {import("./search_facts.js").Extent} [y]
   */
  #rectangle(looks, [left, right] = [0, 1], [low, high] = [0, 1]) {
    const { xOf, yOf } = this.#made();
    const size = { width: Math.max(2, xOf(right) - xOf(left)), height: Math.max(2, yOf(low) - yOf(high)) };
    return svg("rect", { class: looks, x: xOf(left), y: yOf(high), ...size });
  }

  #made() {
    if (!this.#plane) throw new Error("there is no plane yet");
    return this.#plane;
  }

  /** @param {Plane} made */
  #listen({ drawing, left, right, top, low, xAt, yAt }) {
    let before = { ...this.#shown.brush };
    const over = () => {
      this.#brushed();
      this.picture.release();
    };
    whenDragged(drawing, drawing, {
      begins: ([x, y]) => {
        if (x < left || x > right || y < top || y > low) return false;
        before = { ...this.#shown.brush };
        return (this.picture.held = true);
      },
      moves: (from, to) => {
        const [x, y] = this.names;
        this.#shown.brush[x] = [xAt(Math.min(from[0], to[0])), xAt(Math.max(from[0], to[0]))];
        if (y) this.#shown.brush[y] = [yAt(Math.max(from[1], to[1])), yAt(Math.min(from[1], to[1]))];
        this.brush();
      },
      ends: (from, to) => {
        if (Math.abs(to[0] - from[0]) < CLICK || Math.abs(to[1] - from[1]) < CLICK) {
          for (const name of this.names) delete this.#shown.brush[name];
        }
        over();
      },
      cancelled: () => {
        this.#shown.brush = before;
        over();
      },
    });
  }
}
