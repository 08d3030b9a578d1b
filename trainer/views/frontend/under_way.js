// A question under way: how far its answer has come, asked for while it is in sight, and a button to give it up.

import { loadStyle, whenGone } from "./main.js";
import { element, whole } from "./text.js";

const AGAIN = 400; // milliseconds
const ONCE_MORE = 5000; // when it was told that the task is over, and nothing came of that

export default function mount({ data, parentElement, setTriggerValue }) {
  parentElement.panda ??= new UnderWay(parentElement);
  const shown = parentElement.panda;
  shown.tell = setTriggerValue;
  shown.begin(data);
  return () => whenGone(parentElement, () => shown.destroy());
}

class UnderWay {
  constructor(parent) {
    this.said = element("p", {});
    this.bar = element("progress", { max: 1, value: 0, "aria-label": "progress" });
    const cancel = element("button", { type: "button" }, "Cancel");
    cancel.onclick = () => this.tell("cancel", true);
    const root = element("div", { class: "panda panda-under-way", hidden: true }, this.said, this.bar, cancel);
    parent.append(root);
    Promise.all([loadStyle(), loadStyle("playback.css")]).then(() => (root.hidden = false));
  }

  destroy() {
    this.data = null;
    clearTimeout(this.timer);
  }

  begin(data) {
    if (this.data?.task === data.task) return;
    this.data = data;
    this.#say("starting. It goes on when you leave this page.");
    this.#ask(data);
  }

  #say(how) {
    this.said.textContent = `${this.data.doing}: ${how}`;
  }

  async #ask(data) {
    const { token, task } = data;
    let progress = null;
    try {
      const answer = await fetch("/panda/playback", { method: "POST", body: JSON.stringify({ token, task, do: "progress" }) });
      if (answer.ok) progress = await answer.json();
    } catch {
      // the page tells that the connection is lost
    }
    if (this.data !== data) return;
    let wait = AGAIN;
    if (progress?.over) {
      if (document.querySelector("[role=dialog]")) this.#say("done. Close the dialog to see what was found; saved changes make another file, to be asked about anew.");
      else {
        this.tell("done", task);
        wait = ONCE_MORE;
      }
    } else if (progress?.waiting) {
      this.#say("waiting until something else is found out. It goes on when you leave this page.");
    } else if (progress?.total) {
      this.bar.value = progress.done / progress.total;
      this.#say(`${whole(progress.done)} of ${whole(progress.total)} iterations. It goes on when you leave this page.`);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(data), wait);
  }
}
