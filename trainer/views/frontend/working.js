// @ts-check
// What is computed of a run beside it and takes long: how far it is, and a way to stop it.

import { button, element, write } from "./element.js";

const FOLLOW = 300; // milliseconds from one look at how far it is to the next

export class Working {
  #what;
  #doing;
  /** @type {AbortSignal | null} of what is followed */
  #signal = null;
  #said = element("span", {});
  node;

  /**
   * @param {string} what as the server names it, see ahead.py
   * @param {string} doing that in words
   * @param {string} stop name of the button that stops it
   * @param {() => void} stopped it was pressed
   */
  constructor(what, doing, stop, stopped) {
    this.#what = what;
    this.#doing = doing;
    const pressed = button(stop, stopped);
    pressed.classList.add("panda-quiet");
    this.node = element("p", { class: "panda-small panda-working", hidden: true }, this.#said, pressed);
  }

  /**
   * Say how far it is, until it ends; nothing of what does not take long.
   * @param {string} run
   * @param {AbortSignal} signal of what is asked for
   */
  async follow(run, signal) {
    this.#signal = signal;
    const query = new URLSearchParams({ run });
    const goesOn = () => this.#signal === signal && !signal.aborted;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, FOLLOW));
      if (!goesOn()) return;
      try {
        const answer = await fetch(`/panda/looking-ahead?${query}`, { signal });
        const { what, done, total } = await answer.json();
        if (!goesOn()) return;
        const share = what === this.#what && total ? `${Math.floor((100 * done) / total)} % ` : "";
        write(this.#said, `${this.#doing} … ${share}`);
        this.node.hidden = false;
      } catch {
        return; // what is asked for says it
      }
    }
  }

  /** It is there, or given up. */
  end() {
    this.#signal = null;
    this.node.hidden = true;
    write(this.#said, "");
  }
}
