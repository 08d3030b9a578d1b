// @ts-check
// The way back to the list of sessions: a button, and every link to the page that is shown already.

import { element } from "./element.js";
import { icon } from "./icons.js";
import { whenLinkToThisPageIsClicked } from "./links.js";
import { loadStyle } from "./loading.js";

/** @typedef {import("./main.js").View} View */
/** @implements {View} */
export default class Back {
  #forget;
  #root;

  /**
   * @param {HTMLElement} parent
   * @param {unknown} _data
   * @param {import("./main.js").Tell} tell
   */
  constructor(parent, _data, tell) {
    const back = () => tell("back", true);
    const button = element("button", { type: "button", class: "panda-quiet" }, icon("back"), "All sessions");
    button.addEventListener("click", back);
    this.#root = element("div", { class: "panda panda-back", hidden: true }, button);
    parent.append(this.#root);
    loadStyle("style.css").then(() => (this.#root.hidden = false));
    this.#forget = whenLinkToThisPageIsClicked(back);
  }

  update() {}

  destroy() {
    this.#forget();
    this.#root.remove();
  }
}
