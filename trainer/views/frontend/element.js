// @ts-check
// New elements of the page.

import { visible } from "./text.js";

const SPOKEN = new Set(["title", "aria-label", "placeholder", "alt"]);

/** @typedef {string | number | boolean | null | undefined} Attribute what is false, null or undefined is left out */

/**
 * A new element with attributes and children; text is only ever text.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, Attribute>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      node.setAttribute(name, SPOKEN.has(name) ? visible(String(value)) : String(value));
  }
  node.append(...children.map((child) => (typeof child === "string" ? visible(child) : child)));
  return node;
}

/**
 * A button that does something at each press, but for those while it rests.
 * @param {Node | string} name
 * @param {() => unknown} pressed
 */
export function button(name, pressed) {
  const made = element("button", { type: "button" }, name);
  made.addEventListener("click", () => {
    if (!made.disabled && !rests(made)) pressed();
  });
  return made;
}

/**
 * For a while a button does nothing: unlike one that is disabled it keeps the focus of the keyboard.
 * @param {HTMLButtonElement} node
 * @param {boolean} resting
 */
export function rest(node, resting) {
  if (rests(node) !== resting) node.setAttribute("aria-disabled", String(resting));
}

/**
 * A button that can do nothing is disabled, and says why.
 * @param {HTMLButtonElement} node
 * @param {string} why "" where it can
 * @param {string} title what it says then
 */
export function bar(node, why, title = "") {
  if (node.disabled !== Boolean(why)) node.disabled = Boolean(why);
  if (node.title !== (why || title)) node.title = why || title;
}

/** @param {HTMLButtonElement} node */
export const rests = (node) => node.getAttribute("aria-disabled") === "true";

/**
 * @param {HTMLInputElement} input
 * @param {() => void} entered Enter was pressed in it
 */
export function whenEntered(input, entered) {
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") entered();
  });
}

/**
 * Only what changed is written, so that nothing flickers and nothing is read aloud twice.
 * @param {Element} node
 * @param {string} text
 */
export function write(node, text) {
  const shown = visible(text);
  if (node.textContent !== shown) node.textContent = shown;
}
