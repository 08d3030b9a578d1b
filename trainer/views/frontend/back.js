// The way back to the list of sessions: a button, and every link to the page that is shown already.

import { loadStyle, whenGone } from "./main.js";
import { element } from "./text.js";

export default function mount({ parentElement, setTriggerValue }) {
  parentElement.panda ??= new Back(parentElement);
  const back = parentElement.panda;
  back.tell = setTriggerValue;
  document.addEventListener("click", back.clicked, true);
  return () => whenGone(parentElement, () => document.removeEventListener("click", back.clicked, true));
}

class Back {
  constructor(parent) {
    const button = element("button", { type: "button", class: "panda-quiet" }, element("span", { "aria-hidden": "true" }, "← "), "All sessions");
    button.onclick = () => this.tell("back", true);
    const root = element("div", { class: "panda panda-back", hidden: true }, button);
    parent.append(root);
    loadStyle().then(() => (root.hidden = false));
  }

  clicked = (event) => {
    const link = event.target.closest?.("a[href]");
    const here = link && link.origin === location.origin && link.pathname === location.pathname && !link.search && !link.hash;
    if (!here || event.ctrlKey || event.metaKey || event.shiftKey || link.target) return;
    event.preventDefault();
    event.stopPropagation(); // Streamlit would come here with the address that there is
    this.tell("back", true);
  };
}
