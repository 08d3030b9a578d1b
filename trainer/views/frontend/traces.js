// What is drawn: the traces of each chart out of a curve, as Plotly takes them.

import { changes, percent, short, whole } from "./text.js";

/**
 * Cost: a band from the least to the greatest of each bucket under its mean, the smoothed cost, the dev cost. What was
 * switched off in the legend has no say in the axis.
 */
export function cost(curve, x, style, { logarithmic, smoothing, coarse, hidden }) {
  const { train, smoothed, dev } = curve.tracks;
  const { low, high, mean } = train.columns;
  const averages = smoothing === null ? [] : smoothed.columns.mean;
  const grey = left(curve, (part) => [part.iterations.map(x), part.costs], coarse, style);
  const seen = (name, ...columns) => (hidden.has(name) ? [] : columns);
  const devCost = seen("dev cost", dev.columns.cost);
  const own = lowest(...seen("train", low, mean), ...seen("smoothed", averages), ...devCost);
  const least = some(Math.min(own, Math.max(own / 100, lowest(...seen("left", grey.y)))));
  const most = highest(...seen("train", high), ...seen("smoothed", averages), ...devCost);
  const clamp = (values) => (logarithmic ? values.map((v) => Math.max(v, least / 1e3)) : values);
  const at = curve.iterations("train").map(x);
  const text = mean.map((v, i) => `${short(v)}${train.size > 1 ? ` (${short(low[i], 3)} to ${short(high[i], 3)} in ${train.size} iterations)` : ""}`);
  return {
    traces: [
      band(at, clamp(known(low, mean)), null, style.band, "train"),
      band(at, clamp(known(high, mean)), "tonexty", style.band, "train"),
      line("cost J of a mini-batch", at, clamp(mean), style.train, 1, { legendgroup: "train", text, hoverinfo: "x+text+name" }),
      line("smoothed", smoothing === null ? [] : curve.iterations("smoothed").map(x), clamp(averages), style.smoothed, 2.2),
      line("dev cost", dev.columns.iteration.map(x), clamp(dev.columns.cost), style.dev, 2),
      grey,
    ],
    y: logarithmic
      ? { type: "log", tickformat: "~g", range: [Math.log10(least / 1.5), Math.log10(most * 1.3)], ...ticks(least, most) }
      : { type: "linear", tickformat: "~g", range: [0, most * 1.05] },
  };
}

/** Where damage took costs away, the latest mean before: there the band has no width. */
function known(values, mean) {
  let latest = mean.find((v) => !Number.isNaN(v));
  return values.map((v, i) => (Number.isNaN(v) ? latest : ((latest = mean[i]), v)));
}

/** Accuracy on the dev set; the axis begins where it was after the first eighth, so that later gains can be seen. */
export function accuracy(curve, x, style, { coarse }) {
  const { columns } = curve.tracks.dev;
  const at = columns.iteration.map(x);
  const later = columns.accuracyLow.slice(Math.floor(columns.accuracyLow.length / 8));
  const floor = Math.max(0, Math.floor(20 * (Math.min(...later, 1) - 0.01)) / 20);
  return {
    traces: [
      band(at, columns.accuracyLow, null, style.devBand, "dev"),
      band(at, columns.accuracyHigh, "tonexty", style.devBand, "dev"),
      line("dev accuracy", at, columns.accuracy, style.dev, 2, { legendgroup: "dev", text: columns.accuracy.map(percent), hoverinfo: "x+text" }),
      left(curve, ({ evaluations }) => [evaluations.map(([t]) => x(t)), evaluations.map(([, , accuracy]) => accuracy)], coarse, style),
    ],
    y: { type: "linear", tickformat: ".0%", range: [floor, 1 + (1 - floor) / 12] },
  };
}

/** α in force, with its steps where they were, and what becomes of it under the present decay. */
export function rate(curve, x, style) {
  const { train } = curve.tracks;
  const { start, now, forecast } = curve;
  const points = train.columns.rate.map((a, i) => [Math.min(start + (train.first + i + 1) * train.size, train.end), a]);
  if (train.first === 0 && points.length) points.unshift([start, curve.startRate ?? points[0][1]]);
  const [first, last] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
  for (const { iteration: t, before, after } of curve.interventions) {
    if (after.learning_rate !== undefined && t >= first && t <= last) points.push([t, before.learning_rate], [t, after.learning_rate]);
  }
  points.sort(([s], [t]) => s - t);
  const present = train.end === now.iteration && now.rate !== null;
  if (present) points.push([now.iteration, now.rate]);
  const ahead = forecast.iterations.map((t, i) => [t, forecast.rates[i]]).filter(([t]) => t > now.iteration);
  if (ahead.length && now.rate !== null) ahead.unshift([now.iteration, now.rate]);
  const rates = points.map(([, a]) => a);
  const soon = ahead.filter(([t]) => t - now.iteration < 0.15 * (now.iteration - start)).map(([, a]) => a);
  const [least, most] = [some(lowest(rates, soon)), highest(rates)];
  const drawn = (name, pairs, width, more) => line(name, pairs.map(([t]) => x(t)), pairs.map(([, a]) => a), style.rate, width, more);
  return {
    traces: [
      drawn("α in force", points, 2),
      drawn("forecast", ahead, 1.5, { line: { color: style.rate, width: 1.5, dash: "dot" }, showlegend: false }),
    ],
    y: { type: "log", tickformat: "~g", range: [Math.log10(least / 1.6), Math.log10(most * 1.6)], ...ticks(least, most) },
  };
}

/**
 * What was left by going back or branching: there, but grey, behind everything, and with little say in the axes. Points
 * that would touch are taken together, so that it stays a thin line however small it is in sight.
 */
function left(curve, points, coarse, style) {
  const [x, y] = [[], []];
  for (const part of curve.abandoned) {
    const [at, values] = points(part);
    for (let i = 0, end; i < at.length; i = end) {
      for (end = i + 1; end < at.length && at[end] - at[i] < coarse; ) end += 1;
      x.push(middle(at.slice(i, end)));
      y.push(middle(values.slice(i, end)));
    }
    x.push(null);
    y.push(null);
  }
  return line("left behind", x, y, style.left, 1.2, { zorder: -1, hoverinfo: "skip", legendgroup: "left", showlegend: x.length > 0 });
}

const middle = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** A line down from each cluster of interventions, and a marker with their stories. */
export function marks(clusters, style, legend) {
  const lines = { x: [], y: [] };
  for (const { x } of clusters) {
    lines.x.push(x, x, null);
    lines.y.push(0, 1, null);
  }
  const several = clusters.map((c) => c.marks.length > 1);
  return [
    {
      type: "scatter", mode: "lines", uid: "lines", ...lines, yaxis: "y2", line: { color: style.mark, width: 1, dash: "dot" },
      hoverinfo: "skip", showlegend: false, legendgroup: "marks", opacity: 0.7,
    },
    {
      type: "scatter", mode: "markers+text", name: "interventions", uid: "interventions", legendgroup: "marks", showlegend: legend && clusters.length > 0,
      x: clusters.map((c) => c.x), y: clusters.map(() => 0.95), yaxis: "y2", cliponaxis: false,
      text: clusters.map((c, i) => (several[i] ? String(c.marks.length) : "")), textfont: { color: style.background, size: 9 },
      marker: { symbol: "diamond", size: several.map((s) => (s ? 16 : 10)), color: style.mark, opacity: 1 },
      hovertext: clusters.map((c) => [...c.marks.slice(0, 6).map(story), ...(c.marks.length > 6 ? [`and ${c.marks.length - 6} more`] : [])].join("<br>")),
      hoverinfo: "text",
      customdata: clusters.map((c) => c.marks.length),
    },
  ];
}

/** The colours of the page's theme, read anew at each drawing. */
export function palette(root) {
  const style = getComputedStyle(root);
  const get = (name) => style.getPropertyValue(`--panda-${name}`).trim();
  return {
    text: get("text"), background: get("background"), grid: get("grid"), font: get("font"),
    train: faded(get("train"), 0.8), band: faded(get("train"), 0.2), smoothed: get("smoothed"),
    dev: get("dev"), devBand: faded(get("dev"), 0.2), rate: get("rate"), mark: get("mark"), left: faded(get("left"), 0.75),
  };
}

const line = (name, x, y, color, width, more = {}) => ({ type: "scatter", mode: "lines", name, uid: name, x, y, line: { color, width }, ...more });

const band = (x, y, fill, color, group) => ({
  type: "scatter", mode: "lines", uid: `${group} ${fill ?? "low"}`, x, y, fill: fill ?? "none", fillcolor: color, line: { width: 0.6, color },
  hoverinfo: "skip", showlegend: false, legendgroup: group,
});

const some = (least) => (Number.isFinite(least) ? least : 1e-6);

/** The least positive number; Infinity where there is none. */
function lowest(...columns) {
  let least = Infinity;
  for (const column of columns) for (const v of column) if (v !== null && v > 0 && v < least) least = v;
  return least;
}

function highest(...columns) {
  let most = 0;
  for (const column of columns) for (const v of column) if (v > most) most = v;
  return most || 1;
}

/** Few labels on a log axis: at 1, 2 and 5 where it spans about a decade, else at some powers of ten. */
function ticks(least, most) {
  const decades = Math.log10(most) - Math.log10(least);
  if (decades < 0.4) return {};
  return { dtick: decades < 1.7 ? "D2" : Math.ceil(decades / 5) };
}

/** An intervention in one line; Plotly reads a little HTML in hover texts, so what people wrote is made harmless. */
function story(mark) {
  const note = mark.note ? ` “${harmless(mark.note.slice(0, 120))}”` : "";
  return `${whole(mark.iteration)}: ${harmless(changes(mark))} (${harmless(mark.author)})${note}`;
}

const harmless = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const canvas = document.createElement("canvas").getContext("2d");

/** A colour of any notation, seen through. */
function faded(color, opacity) {
  canvas.fillStyle = color;
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(canvas.fillStyle.slice(at, at + 2), 16));
  return `rgba(${red},${green},${blue},${opacity})`;
}
