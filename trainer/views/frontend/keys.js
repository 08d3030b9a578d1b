// @ts-check
// Keys of the page: a single one, pressed where nothing is typed.

const FIELDS = "input, textarea, select, [contenteditable], [role=combobox], [role=dialog]";

/**
 * The key that was pressed; "" where it belongs to a field, to a dialog or to the browser, or is held down.
 * @param {KeyboardEvent} event
 */
export function freeKey(event) {
  const [target] = event.composedPath();
  const others = event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented;
  return others || (target instanceof Element && target.closest(FIELDS)) ? "" : event.key;
}
