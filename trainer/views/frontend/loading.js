// @ts-check
// How Plotly.js and style sheets are loaded: each once per page.

import { element } from "./element.js";
import { plotly } from "./plot.js";

/**
 * A style sheet of the page.
 * @param {string} name
 */
export function loadStyle(name) {
  const address = new URL(`./${name}`, import.meta.url).href;
  return once(address, () => element("link", { rel: "stylesheet", href: address }));
}

/**
 * Plotly.js, which puts itself into `window.Plotly`. The page may have asked for it already.
 * @param {string} address
 */
export function loadPlotly(address) {
  if (plotly()) return Promise.resolve();
  const asked = /** @type {HTMLScriptElement | null} */ (document.querySelector(`script[src="${address}"]`));
  return once(address, () => asked ?? element("script", { src: address }));
}

/**
 * @param {string} address
 * @param {() => HTMLElement} make
 * @returns {Promise<void>}
 */
function once(address, make) {
  const loading = loadingOfThePage();
  const begun = loading.get(address);
  if (begun) return begun;
  /** @type {Promise<void>} */
  const done = new Promise((resolve, reject) => {
    const node = make();
    node.onload = () => resolve();
    node.onerror = () => {
      node.remove();
      loading.delete(address); // so that the next call tries again
      reject(new Error(`${address} could not be loaded`));
    };
    document.head.append(node);
  });
  loading.set(address, done);
  return done;
}

/**
 * By address; also of modules that were loaded before a change of the code.
 * @returns {Map<string, Promise<void>>}
 */
function loadingOfThePage() {
  const page = /** @type {{ pandaLoading?: Map<string, Promise<void>> }} */ (window);
  page.pandaLoading ??= new Map();
  return page.pandaLoading;
}
