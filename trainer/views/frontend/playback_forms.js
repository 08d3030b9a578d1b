// @ts-check
// What can be done at an iteration of a recorded run: begin a new run from there, or write a note.

import { button, element, rest, rests, write } from "./element.js";
import { served } from "./served.js";
import { grouping, whole } from "./text.js";

/** @param {unknown} error */
const notDone = (error) => grouping(`Not done: ${error instanceof Error ? error.message : error}`);

/** A new run from here, on the Train page. */
export class BranchForm {
  #branch;
  #button = button("Branch from here", () => this.#pressed());
  #said = element("p", { class: "panda-small", role: "status" });
  node = element("div", { class: "panda-branch" }, this.#button, this.#said);

  /** @param {() => Promise<string>} branch begins it; why it could not be begun, or "" */
  constructor(branch) {
    this.#branch = branch;
    this.#button.title =
      "A new run that begins as this one was at this iteration, with what was changed there; Undo takes that back";
  }

  async #pressed() {
    rest(this.#button, true);
    this.#said.textContent = "Computing the network at this iteration …";
    try {
      const refused = await this.#branch();
      if (refused) throw new Error(`${refused}.`);
    } catch (error) {
      write(this.#said, notDone(error));
    }
    rest(this.#button, false);
  }
}

/** A note about this iteration, or about the whole session. */
export class NoteForm {
  #record;
  #text;
  #there = element("span", {}, "at this iteration");
  #here = element("input", { type: "radio", name: "panda-about", value: "here", checked: true });
  #send = element("button", { type: "submit" }, "Add note");
  #said = element("p", { class: "panda-small", role: "status" });
  node;

  /**
   * @param {(text: string, here: boolean) => Promise<string>} record records it; why it could not be recorded, or ""
   */
  constructor(record) {
    this.#record = record;
    this.#text = element("textarea", { maxlength: served.longest_note, rows: 3, "aria-label": "Note" });
    const all = element("input", { type: "radio", name: "panda-about", value: "all" });
    this.node = element(
      "form",
      { class: "panda-remarks" },
      element("h3", {}, "Note"),
      this.#text,
      element(
        "div",
        { class: "panda-row" },
        element("label", {}, this.#here, this.#there),
        element("label", {}, all, "about the whole session"),
      ),
      element("div", { class: "panda-row" }, this.#send, this.#said),
    );
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submitted();
    });
  }

  /**
   * The playhead is there now.
   * @param {number} iteration
   */
  at(iteration) {
    this.#there.textContent = `at iteration ${whole(iteration)}`;
  }

  async #submitted() {
    if (rests(this.#send)) return;
    rest(this.#send, true);
    this.#said.textContent = "";
    try {
      const refused = await this.#record(this.#text.value, this.#here.checked);
      if (refused) throw new Error(`${refused}.`);
      this.#text.value = "";
      this.#said.textContent = "Recorded.";
    } catch (error) {
      write(this.#said, notDone(error));
    }
    rest(this.#send, false);
  }
}
