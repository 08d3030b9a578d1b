// @ts-check
// Links: to rows of the Course page, and to the page that is shown already. To that one Streamlit would come back with
// the address that there is, so a click is taken before Streamlit sees it. Without this, the button of the view leads
// back, and the link does nothing.

import { element } from "./element.js";

/**
 * To a row of the Course page, in a tab of its own: what is being looked at stays.
 * @param {number} row
 */
export const linkToCourse = (row) =>
  element("a", { href: `course?row=${row}`, target: "_blank", rel: "noopener" }, `Course row ${row}`);

/**
 * Say what something that is measured shows, what is normal, and of which row of the course it is.
 * @param {Element} node where that stands already, nothing changes: its link may have the focus
 * @param {{ shows: string, normal: string, course: number }} measured
 */
export function explain(node, { shows, normal, course }) {
  const text = `${shows} Normal: ${normal} `;
  if (node.firstChild?.textContent !== text) node.replaceChildren(text, linkToCourse(course), ".");
}

/**
 * Call a function for every click on a link to this very page, until what this returns is called.
 * @param {() => void} clicked
 */
export function whenLinkToThisPageIsClicked(clicked) {
  /** @param {MouseEvent} event */
  const take = (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link?.href || link.target || link.search || link.hash) return;
    if (link.origin !== location.origin || link.pathname !== location.pathname) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    clicked();
  };
  document.addEventListener("click", take, true);
  return () => document.removeEventListener("click", take, true);
}
