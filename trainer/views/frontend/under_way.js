// @ts-check
// A question under way: how far its answer has come, asked for while it is in sight, and a button to give it up.

import { element } from "./element.js";
import { loadStyle } from "./loading.js";
import { scriptRests } from "./script.js";
import { whole } from "./text.js";

/** @typedef {import("./main.js").View} View */
/** @typedef {{ token: string, task: string, doing: string }} Data */
/** @typedef {{ over: true } | { over: false, waiting?: boolean, done: number, total: number }} Progress */

const AGAIN = 400; // milliseconds
const ONCE_MORE = 5000; // when the script knows that the task is over, and nothing came of that
const STAYS = "It goes on when you leave this page.";
const DONE = "done. Close the dialog to see what was found; saved changes make another file, to be asked about anew.";

/** @implements {View} */
export default class UnderWay {
  #tell;
  /** @type {Data | null} */
  #data = null;
  #said = element("p", {});
  #bar = element("progress", { max: 1, value: 0, "aria-label": "progress" });
  #root;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {HTMLElement} parent
   * @param {Data} data
   * @param {import("./main.js").Tell} tell
   */
  constructor(parent, data, tell) {
    this.#tell = tell;
    const cancel = element("button", { type: "button" }, "Cancel");
    cancel.addEventListener("click", () => tell("cancel", true));
    this.#root = element("div", { class: "panda panda-under-way", hidden: true }, this.#said, this.#bar, cancel);
    parent.append(this.#root);
    Promise.all(["style.css", "playback.css"].map(loadStyle)).then(() => (this.#root.hidden = false));
    this.update(data);
  }

  destroy() {
    this.#data = null;
    clearTimeout(this.#timer);
    this.#root.remove();
  }

  /** @param {Data} data */
  update(data) {
    if (this.#data?.task === data.task) return;
    this.#data = data;
    this.#say(data, `starting. ${STAYS}`);
    this.#ask(data);
  }

  /**
   * @param {Data} data
   * @param {string} how
   */
  #say({ doing }, how) {
    this.#said.textContent = `${doing}: ${how}`;
  }

  /** @param {Data} data */
  async #ask(data) {
    const progress = await progressOf(data);
    if (this.#data !== data) return;
    let wait = AGAIN;
    if (progress?.over) {
      if (document.querySelector("[role=dialog]")) this.#say(data, DONE);
      else if (scriptRests()) {
        this.#tell("done", data.task);
        wait = ONCE_MORE;
      }
    } else if (progress?.waiting) {
      this.#say(data, `waiting until something else is found out. ${STAYS}`);
    } else if (progress?.total) {
      this.#bar.value = progress.done / progress.total;
      this.#say(data, `${whole(progress.done)} of ${whole(progress.total)} iterations. ${STAYS}`);
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(data), wait);
  }
}

/**
 * Null where the server cannot be asked: the page says elsewhere that the connection is lost.
 * @param {Data} data
 * @returns {Promise<Progress | null>}
 */
async function progressOf({ token, task }) {
  try {
    /** @type {import("./protocol.js").Progress} */
    const question = { do: "progress", token, task };
    const body = JSON.stringify(question);
    const answer = await fetch("/panda/playback", { method: "POST", body });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
