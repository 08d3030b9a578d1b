// @ts-check
// Series that are measured whenever the dev set is evaluated.

import { band, highest, line, lowest, some, ticks } from "./lines.js";
import { labelOf, served } from "./served.js";
import { percent, measured as shown } from "./text.js";

/** @typedef {import("./frames.js").Curve} Curve */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./traces.js").Drawing} Drawing */
/** @typedef {import("./traces.js").ToX} ToX */

/**
 * Each with its band; the axis is that of the first of them.
 * @param {string[]} names
 * @param {Curve} curve
 * @param {ToX} x
 * @param {Palette} style
 * @returns {Drawing}
 */
export function measured(names, curve, x, style) {
  const { columns } = curve.tracks.dev;
  const at = columns.iteration.map(x);
  const colors = [style.dev, style.smoothed, style.rate, style.mark];
  const traces = names.flatMap((name, i) => {
    const values = columns[name] ?? [];
    const color = colors[i % colors.length];
    const text = served.series[name].percent ? values.map(percent) : values.map((v) => shown(v, 4));
    const drawn = line(labelOf(name), at, values, color, 2, { legendgroup: name, text, hoverinfo: "x+text+name" });
    return [
      band(at, columns[`${name}Low`] ?? [], null, style.devBand, name),
      band(at, columns[`${name}High`] ?? [], "tonexty", style.devBand, name),
      drawn,
    ];
  });
  const all = names.flatMap((name) => [columns[`${name}Low`] ?? [], columns[`${name}High`] ?? []]);
  const percents = served.series[names[0]].percent ? { tickformat: ".0%" } : {};
  if (served.series[names[0]].scale === "log") {
    const [least, most] = [some(lowest(...all)), highest(...all)];
    const range = [Math.log10(least / 1.5), Math.log10(most * 1.3)];
    return { traces, y: { type: "log", range, ...ticks(least, most), ...percents } };
  }
  const finite = all.flat().filter(Number.isFinite);
  const [least, most] = [Math.min(...finite, Infinity), Math.max(...finite, -Infinity)];
  const space = 0.05 * (most - least || Math.abs(most) || 1);
  const range = finite.length ? [least - space, most + space] : [0, 1];
  return { traces, y: { type: "linear", tickformat: "", range, ...percents } };
}
