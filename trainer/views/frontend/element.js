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
 * A button that does something at each press.
 * @param {string} name
 * @param {() => unknown} pressed
 */
export function button(name, pressed) {
  const made = element("button", { type: "button" }, name);
  made.addEventListener("click", () => {
    if (!made.disabled) pressed();
  });
  return made;
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
