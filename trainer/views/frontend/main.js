// @ts-check
// The one entry point of every component of the page: mounts the view that `data.view` names.

import { serve } from "./served.js";

/**
 * @typedef {object} View what a page shows in an element that Streamlit gave it
 * @property {(data: any) => void} update the script ran again, maybe with other data
 * @property {() => void} destroy its element has left the page
 */

/** @typedef {(event: string, value: unknown) => void} Tell tells the script, which runs again then */
/** @typedef {new (parent: HTMLElement, data: any, tell: Tell) => View} ViewClass */
/**
 * What every component is handed, beside what its view takes; a view of another run is another view.
 * @typedef {{ view: string, module: string, run?: string, served?: Partial<import("./served.js").Served> }} Data
 */
/** @typedef {{ data: Data, parentElement: HTMLElement, setTriggerValue: Tell }} Component */
/** @typedef {{ module: string, run: string | undefined, view: View, tell: Tell }} Mounted */

/** @type {Record<string, () => Promise<{ default: ViewClass }>>} */
const VIEWS = {
  back: () => import("./back.js"),
  comparison: () => import("./comparison.js"),
  comparison_tables: () => import("./comparison_tables.js"),
  data_preview: () => import("./data_preview.js"),
  live: () => import("./live.js"),
  playback: () => import("./playback.js"),
  search: () => import("./search.js"),
  search_time: () => import("./search_time.js"),
  session_head: () => import("./session_head.js"),
  session_list: () => import("./session_list.js"),
  session_tree: () => import("./session_tree.js"),
  static_chart: () => import("./static_chart.js"),
  under_way: () => import("./under_way.js"),
};

/**
 * Called by Streamlit when the component is mounted and again whenever `data` changed.
 * @param {Component} component
 */
export default async function mount({ data, parentElement, setTriggerValue }) {
  serve(data.served);
  const { default: Class } = await VIEWS[data.view]();
  const all = mountedOnThePage();
  const there = all.get(parentElement);
  if (there && there.module === data.module && there.run === data.run) {
    there.tell = setTriggerValue;
    there.view.update(data);
  } else {
    there?.view.destroy();
    /** @type {Mounted} */
    const made = {
      module: data.module,
      run: data.run,
      tell: setTriggerValue,
      view: new Class(parentElement, data, (event, value) => made.tell(event, value)),
    };
    all.set(parentElement, made);
  }
  return () =>
    whenGone(parentElement, () => {
      all.get(parentElement)?.view.destroy();
      all.delete(parentElement);
    });
}

/**
 * Streamlit calls a clean-up function also when `data` changed while the module was still loading, though the
 * component stays: clean up only if its element has left the page.
 * @param {HTMLElement} parentElement
 * @param {() => void} cleanUp
 */
function whenGone(parentElement, cleanUp) {
  setTimeout(() => {
    if (!parentElement.isConnected) cleanUp();
  });
}

/**
 * By element; also what was mounted by modules before a change of the code.
 * @returns {WeakMap<HTMLElement, Mounted>}
 */
function mountedOnThePage() {
  const page = /** @type {{ pandaMounted?: WeakMap<HTMLElement, Mounted> }} */ (window);
  page.pandaMounted ??= new WeakMap();
  return page.pandaMounted;
}
