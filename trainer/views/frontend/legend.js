// @ts-check
// What is switched off in the legend of a chart: Plotly forgets it of a trace that is not there for a while.

/** @typedef {import("./plot.js").Chart} Chart */
/** @typedef {import("./plot.js").Trace} Trace */

export class Legend {
  #chosen;
  /** @type {Set<string>} entries that are switched off */
  hidden = new Set();
  /** @type {string[]} */
  #entries = [];

  /** @param {() => void} chosen called when something was switched off or on */
  constructor(chosen) {
    this.#chosen = chosen;
  }

  /**
   * Hide of the traces what is switched off.
   * @param {Trace[]} traces
   */
  hide(traces) {
    this.#entries = [...new Set(traces.map(entry))];
    for (const trace of traces) trace.visible = this.hidden.has(entry(trace)) ? "legendonly" : true;
  }

  /** @param {Chart} box */
  listen(box) {
    box.on("plotly_legendclick", ({ data, curveNumber }) => {
      this.click(entry(data[curveNumber]));
      return false;
    });
    box.on("plotly_legenddoubleclick", ({ data, curveNumber }) => {
      this.doubleClick(entry(data[curveNumber]));
      return false;
    });
  }

  /**
   * Switch an entry off or on.
   * @param {string} clicked
   */
  click(clicked) {
    if (!this.hidden.delete(clicked)) this.hidden.add(clicked);
    this.#chosen();
  }

  /**
   * Switch all others off; or, where that is so, everything on.
   * @param {string} clicked
   */
  doubleClick(clicked) {
    const others = this.#entries.filter((name) => name !== clicked);
    const alone = others.every((name) => this.hidden.has(name));
    this.hidden = new Set(alone ? [] : others);
    this.#chosen();
  }
}

/**
 * What belongs together in the legend.
 * @param {Trace} trace
 */
const entry = (trace) => trace.legendgroup ?? trace.uid;
