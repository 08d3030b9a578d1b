// @ts-check
// Panels: which series are drawn in which chart, as the server says; those of the same panel share one.

import { measured } from "./measured.js";
import { served } from "./served.js";
import { accuracy, cost, rate } from "./traces.js";

/** @typedef {import("./traces.js").Drawing} Drawing */
/** @typedef {import("./traces.js").Options} Options */

/**
 * @callback Draw
 * @param {import("./frames.js").Curve} curve
 * @param {import("./traces.js").ToX} x
 * @param {import("./palette.js").Palette} style
 * @param {Options} options
 * @returns {Drawing}
 */

/**
 * @typedef {object} Panel
 * @property {string} name
 * @property {string} heading
 * @property {string} help what its series show
 * @property {boolean} legend
 * @property {boolean} title whether its x axis has one: the last has
 * @property {Draw} draw
 */

/** @type {Record<string, { name: string, draw: Draw }>} by the first series of a panel: what training itself gives */
const OWN = {
  cost: { name: "cost", draw: cost },
  dev_accuracy: { name: "accuracy", draw: accuracy },
  learning_rate: { name: "rate", draw: rate },
};

/** @returns {Panel[]} in the order of the series */
export function panels() {
  /** @type {Map<string, string[]>} */
  const names = new Map();
  for (const [name, { panel }] of Object.entries(served.series)) names.set(panel, [...(names.get(panel) ?? []), name]);
  const last = [...names.keys()].at(-1);
  return [...names].map(([heading, series]) => {
    const further = series.filter((name) => served.series[name].measured);
    const own = OWN[series[0]];
    return {
      name: own?.name ?? series[0],
      heading,
      help: series.map((name) => served.series[name].help).join(" "),
      legend: series.length > 1,
      title: heading === last,
      draw: own ? withFurther(own.draw, further) : (curve, x, style) => measured(further, curve, x, style),
    };
  });
}

/**
 * What is drawn by itself, and with it further series that are measured; the axis is that of the first.
 * @param {Draw} draw
 * @param {string[]} further
 * @returns {Draw}
 */
function withFurther(draw, further) {
  if (!further.length) return draw;
  return (curve, x, style, options) => {
    const { traces, y } = draw(curve, x, style, options);
    return { traces: [...traces, ...measured(further, curve, x, style).traces], y };
  };
}
