// @ts-check
// A stretch marked with the pointer on a picture of iterations: drag to zoom in, double click to go back.

import { element } from "./element.js";

const SHORTEST = 6; // pixels: less is a click

export class Brush {
  #mark = element("div", { class: "panda-gauge-brush", hidden: true });
  /** @type {{ pointer: number, from: number } | null} */
  #drag = null;

  /**
   * @param {HTMLElement} picture
   * @param {HTMLElement} stage that is around it, to put the mark in
   * @param {(from: number, to: number) => void} marked called with pixels from the left of the picture
   * @param {() => void} back
   */
  constructor(picture, stage, marked, back) {
    stage.append(this.#mark);
    picture.addEventListener("pointerdown", ({ button, isPrimary, pointerId, offsetX }) => {
      if (button || !isPrimary) return;
      this.#drag = { pointer: pointerId, from: offsetX };
      picture.setPointerCapture(pointerId);
    });
    picture.addEventListener("pointermove", ({ pointerId, offsetX }) => {
      if (this.#drag?.pointer === pointerId) this.#show(this.#drag.from, offsetX);
    });
    picture.addEventListener("pointerup", ({ pointerId, offsetX }) => {
      const drag = this.#drag;
      if (drag?.pointer !== pointerId) return;
      this.#end();
      const [from, to] = [drag.from, offsetX].sort((a, b) => a - b);
      if (to - from >= SHORTEST) marked(from, to);
    });
    picture.addEventListener("pointercancel", () => this.#end());
    picture.addEventListener("dblclick", back);
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  #show(from, to) {
    this.#mark.hidden = Math.abs(to - from) < SHORTEST;
    Object.assign(this.#mark.style, { left: `${Math.min(from, to)}px`, width: `${Math.abs(to - from)}px` });
  }

  #end() {
    this.#drag = null;
    this.#mark.hidden = true;
  }
}
