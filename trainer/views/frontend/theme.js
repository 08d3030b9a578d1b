// @ts-check
// The theme of the page: Streamlit changes classes and styles around a component when another one is chosen. It has no
// event for that, so its elements are watched here; without this, charts take the colours when they are drawn next.

/**
 * Call a function whenever the theme may be another one, until the observer that this returns is disconnected.
 * @param {Element} parent the element that Streamlit gave to the component
 * @param {() => void} changed
 */
export function whenThemeChanges(parent, changed) {
  const observer = new MutationObserver(changed);
  for (let node = parent.parentElement; node && node !== document.body; node = node.parentElement) {
    if (node.classList.contains("stBidiComponent")) break;
    observer.observe(node, { attributes: true, attributeFilter: ["class", "style"] });
  }
  return observer;
}
