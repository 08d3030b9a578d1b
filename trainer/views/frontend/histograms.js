// @ts-check
// Histograms of one layer over time: a column for each recorded state of the run, and one of it as it is now. They are
// computed when somebody unfolds them, and never while training.

import { Asking, answered } from "./asking.js";
import { element, write } from "./element.js";
import { CONFIG } from "./layout.js";
import { percent, short, whole } from "./text.js";
import { columnsOf, heatOf } from "./heat.js";
import { explain } from "./links.js";
import { plotly } from "./plot.js";

/** @typedef {import("./heat.js").Told} Told */
/** @typedef {import("./gauge_chart.js").Look} Look */

const NAMES = { W: "weights W", z: "z", z_tilde: "z~", a: "activations a", dW: "gradient dW" };
const PERIOD = 2000; // milliseconds from one question to the next, at least
const REST = 12; // times what the server took for the answer
const AGAIN = 3000; // after which what failed is asked for again
const SETTLED = 250; // milliseconds after which another stretch is asked for

export class Histograms {
  #source;
  #zoom;
  #of = element(
    "select",
    { "aria-label": "Histogram of" },
    ...Object.entries(NAMES).map(([value, name]) => element("option", { value }, name)),
  );
  #layer = element("select", { "aria-label": "Layer of the histogram" });
  #said = element("p", { class: "panda-small", role: "status" });
  #words = element("p", { class: "panda-small" });
  #box = /** @type {import("./plot.js").Chart} */ (
    /** @type {unknown} */ (element("div", { class: "panda-heat", role: "img", "data-chart": "histogram" }))
  );
  /** @type {Look | null} */
  #look = null;
  /** @type {Told | null} */
  #told = null;
  #asked = "";
  #listens = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #settling;
  #asking = new Asking(
    () => this.#wanted(),
    (signal) => this.#ask(signal),
  );
  #resizer = new ResizeObserver(() => this.#draw());
  node = element(
    "details",
    { class: "panda-histograms" },
    element("summary", {}, "Histograms of a layer over time"),
    element(
      "div",
      { class: "panda-tools", role: "group", "aria-label": "Histogram" },
      element("label", { class: "panda-choice" }, element("span", { "aria-hidden": "true" }, "Of"), this.#of),
      element("label", { class: "panda-choice" }, element("span", { "aria-hidden": "true" }, "Layer"), this.#layer),
    ),
    this.#said,
    this.#box,
    this.#words,
  );

  /**
   * @param {import("./layers.js").Source} source
   * @param {(stretch: [number, number] | null) => void} zoom
   */
  constructor(source, zoom) {
    this.#source = source;
    this.#zoom = zoom;
    this.node.addEventListener("toggle", () => this.#asking.now());
    for (const select of [this.#of, this.#layer]) select.addEventListener("change", () => this.#asking.now());
    this.#resizer.observe(this.#box);
  }

  /**
   * What is in view now.
   * @param {Look} look
   * @param {number} layers
   */
  show(look, layers) {
    this.#look = look;
    this.node.hidden = !layers;
    if (this.#layer.options.length !== layers) {
      const options = Array.from({ length: layers }, (_, i) => element("option", { value: i + 1 }, look.name(i + 1)));
      this.#layer.replaceChildren(...options);
    }
    this.#draw();
    this.look();
  }

  /** There may be more to see. */
  look() {
    if (!this.node.open) return;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#asking.look(), SETTLED);
  }

  recolour() {
    this.#draw();
  }

  destroy() {
    clearTimeout(this.#settling);
    this.#resizer.disconnect();
    this.#asking.destroy();
    plotly()?.purge(this.#box);
  }

  /** What is asked for: another text where there is something else to be known. */
  #query() {
    const { curve, query, zoom } = this.#source;
    const stretch = zoom.get();
    const [begin, end] = stretch ?? [curve.start, Infinity];
    return {
      ...query(),
      of: this.#of.value,
      layer: this.#layer.value,
      ...(stretch ? { begin: String(Math.max(0, Math.floor(begin))), end: String(Math.max(0, Math.ceil(end))) } : {}),
    };
  }

  #key() {
    return JSON.stringify([this.#query(), this.#source.line(), this.#source.curve.now.iteration]);
  }

  #wanted() {
    const looked = this.node.open && !this.node.hidden && this.#layer.options.length > 0 && this.node.clientWidth > 0;
    return looked && !document.hidden && this.#asked !== this.#key();
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const [key, query] = [this.#key(), this.#query()];
    if (!this.#told) write(this.#said, "Computed from the recorded states …");
    this.node.dataset.state = "asking";
    try {
      this.#told = await answered("/panda/histograms", query, signal);
      this.#asked = key;
      this.#say();
      this.#draw();
      this.node.dataset.state = "drawn";
      return Math.max(PERIOD, REST * (this.#told?.took ?? 0));
    } catch (error) {
      if (signal.aborted) return AGAIN;
      this.#told = null;
      this.#asked = key; // asked for again where something else is wanted, or the run went on
      this.node.dataset.state = "refused";
      write(this.#said, `There is no histogram: ${error instanceof Error ? error.message : String(error)}.`);
      write(this.#words, "");
      this.#draw();
      return AGAIN;
    }
  }

  #say() {
    const told = this.#told;
    if (!told) return;
    const { iterations, recorded, damaged, now, numbers, histogram } = told;
    const drawn = iterations.length - (now === null || !iterations.includes(now) ? 0 : 1);
    const states = drawn < recorded ? `${whole(drawn)} of ${whole(recorded)} recorded states, evenly chosen` : `${whole(drawn)} recorded states`; // prettier-ignore
    const present = now === null ? "" : `, and as it was at iteration ${whole(now)}`;
    const lost = damaged ? `; ${whole(damaged)} are damaged` : "";
    write(
      this.#said,
      `Each column is one moment, ${whole(numbers)} numbers: ${states}${present}${lost}. A column reaches halfway to the next moment; between them nothing is known.`,
    );
    explain(this.#words, histogram);
  }

  #draw() {
    const [told, look, box] = [this.#told, this.#look, this.#box];
    const drawing = plotly();
    this.#box.hidden = !told;
    if (!told || !look || !drawing || !this.node.open || !box.clientWidth) return;
    const columns = columnsOf(told, look.span, this.#source.until());
    const { traces, layout } = heatOf(told, columns, look);
    drawing.react(box, traces, { ...layout, width: box.clientWidth, height: box.clientHeight }, CONFIG);
    const latest = columns.at(-1);
    const beyond = latest ? 1 - told.shares[latest.place].reduce((sum, share) => sum + share, 0) : 0;
    const range = `${short(told.edges[0])} to ${short(told.edges[told.edges.length - 1])}`;
    box.setAttribute(
      "aria-label",
      latest
        ? `Heat map: histogram of ${told.histogram.label} over iterations, from ${range}; at iteration ${whole(told.iterations[latest.place])} ${percent(beyond)} are beyond that`
        : "Heat map: no moment in this stretch",
    );
    this.node.dataset.columns = String(columns.length);
    if (this.#listens) return;
    this.#listens = true;
    box.on("plotly_relayout", (event) => {
      if (event["xaxis.range[0]"] !== undefined) this.#zoom([event["xaxis.range[0]"], event["xaxis.range[1]"]]);
      else if (event["xaxis.autorange"]) this.#zoom(null);
    });
  }
}
