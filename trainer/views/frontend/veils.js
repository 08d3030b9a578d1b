// @ts-check
// Veils: over the charts of a recorded run, what had not happened yet.

import { element } from "./element.js";
import { marginOf } from "./layout.js";
import { plotArea, shareOf } from "./plot.js";

/** @typedef {import("./plot.js").Chart} Chart */
/** @typedef {ReturnType<typeof plotArea>} Area */

class Veil {
  #box;
  #node = element("div", { class: "panda-veil", "aria-hidden": "true" });
  #listening = false;
  /** @type {Area | null} where the axes are; null before it was measured */
  #area = null;

  /** @param {Chart} box */
  constructor(box) {
    this.#box = box;
    box.parentElement?.classList.add("panda-stage");
    box.parentElement?.append(this.#node);
  }

  /**
   * Once there is a chart, and whenever it was drawn or is being zoomed.
   * @param {() => void} changed
   */
  listen(changed) {
    if (this.#listening || !this.#box.layout) return;
    this.#listening = true;
    const again = () => {
      this.#area = null;
      changed();
    };
    this.#box.on("plotly_afterplot", again);
    this.#box.on("plotly_relayouting", again);
  }

  /**
   * Over everything right of a place on the x axis.
   * @param {number} x
   */
  place(x) {
    const box = this.#box;
    if (!box.layout) return;
    const { showlegend, xaxis } = box.layout;
    this.#area ??= plotArea(box, marginOf(showlegend, Boolean(xaxis.title)));
    const { left, top, width, height } = this.#area;
    const share = shareOf(xaxis)(x);
    const begin = Math.min(Math.max(share, 0), 1) * width;
    this.#node.toggleAttribute("data-beyond", share < 0 || share > 1);
    Object.assign(this.#node.style, {
      left: `${box.offsetLeft + left + begin}px`,
      width: `${width - begin}px`,
      top: `${box.offsetTop + top}px`,
      height: `${height}px`,
    });
  }
}

export class Veils {
  #veils;
  #where;
  #drawn;

  /**
   * @param {HTMLElement} figures that the charts are in
   * @param {Iterable<Chart>} boxes
   * @param {() => number} where on the x axis the playhead is
   */
  constructor(figures, boxes, where) {
    this.#where = where;
    this.#veils = [...boxes].map((box) => new Veil(box));
    // the first drawing of a chart is seen here, those after it by Plotly itself
    this.#drawn = new MutationObserver(() => this.place());
    this.#drawn.observe(figures, { attributes: true, attributeFilter: ["data-draws"] });
  }

  destroy() {
    this.#drawn.disconnect();
  }

  place() {
    const x = this.#where();
    for (const veil of this.#veils) {
      veil.listen(() => this.place());
      veil.place(x);
    }
  }
}
