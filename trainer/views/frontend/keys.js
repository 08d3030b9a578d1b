// @ts-check
// Keys of the page: a single one, pressed where nothing is typed.

const FIELDS = "input, textarea, select, [contenteditable], [role=combobox], [role=dialog]";
const PRESSED = "input:is([type=range], [type=checkbox])"; // into which nothing is typed
const ITS_OWN = /^( |Arrow.*|Page.*|Home|End|Enter)$/; // of what is pressed

/**
 * The key that was pressed; "" where it belongs to a field, to a dialog or to the browser, or is held down.
 * @param {KeyboardEvent} event
 */
function freeKey(event) {
  const [target] = event.composedPath();
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return "";
  if (!(target instanceof Element)) return event.key;
  if (target.matches(PRESSED) && !target.closest("[role=dialog]")) return ITS_OWN.test(event.key) ? "" : event.key;
  return target.closest(FIELDS) ? "" : event.key;
}

/**
 * Learn of keys that are meant for a part of the page, while that is in sight.
 * @param {HTMLElement} part
 * @param {(key: string) => void} keyed
 * @param {AbortSignal} signal until when
 */
export function whenKeyed(part, keyed, signal) {
  const listen = (/** @type {KeyboardEvent} */ event) => {
    if (part.offsetParent !== null) keyed(freeKey(event));
  };
  document.addEventListener("keydown", listen, { signal });
}
