// @ts-check
// What is drawn: the traces of each chart out of a curve, as Plotly takes them.

import { foreseenNumbers, foreseenTraces, handNumbers, handTraces } from "./foreseen.js";
import { band, highest, isNumber, line, lowest, some, ticks, told } from "./lines.js";
import { foundTraces, limitTraces, markNames, markedRates } from "./rate_marks.js";
import { labelOf } from "./served.js";
import { measured, percent } from "./text.js";

/** @typedef {import("./frames.js").Curve} Curve */
/** @typedef {import("./frames.js").Abandoned} Abandoned */
/** @typedef {import("./frames.js").Pair} Pair */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./plot.js").Trace} Trace */
/** @typedef {import("./lines.js").Numbers} Numbers */
/** @typedef {(t: number) => number} ToX from iterations to the x axis */

/**
 * @typedef {object} Options
 * @property {boolean} logarithmic whether the axis of the cost is
 * @property {number | null} smoothing null where the smoothed cost is not shown
 * @property {number} coarse points of what was left that are closer are taken together, in units of the x axis
 * @property {Set<string>} hidden legend entries that are switched off
 */

/**
 * @typedef {object} Name of what is at a height of a chart
 * @property {string} text
 * @property {number} at which height
 * @property {boolean} end whether it stands below that, at the end of the chart; else above, at its beginning
 * @property {string} color
 */

/**
 * @typedef {object} Drawing
 * @property {Trace[]} traces
 * @property {Name[]} [names]
 * @property {{ type: "log" | "linear", tickformat: string, range: number[], dtick?: string | number, tickvals?: number[],
 *   ticktext?: string[] }} y its axis
 */

/**
 * Cost: a band from the least to the greatest of each bucket under its mean, the smoothed cost, the dev cost. What was
 * switched off in the legend has no say in the axis.
 * @param {Curve} curve
 * @param {ToX} x
 * @param {Palette} style
 * @param {Options} options
 * @returns {Drawing}
 */
export function cost(curve, x, style, { logarithmic, smoothing, coarse, hidden }) {
  const { train, smoothed, dev } = curve.tracks;
  const { low, high, mean } = train.columns;
  const averages = smoothing === null ? [] : smoothed.columns.mean;
  const grey = left(curve, (part) => [part.iterations.map(x), part.costs], coarse, style);
  /** @type {(name: string, ...columns: Numbers[]) => Numbers[]} */
  const seen = (name, ...columns) => (hidden.has(name) ? [] : columns);
  const names = { cost: labelOf("cost"), dev: labelOf("dev_cost") };
  const devCost = seen(names.dev, dev.columns.cost);
  const ahead = [...foreseenNumbers(curve.foreseen, smoothing), ...handNumbers(curve.hand, smoothing)];
  const drawn = lowest(...seen("train", low, mean), ...devCost);
  // averages fall without end where mini-batches cost 0
  const own = within(drawn, lowest(...seen("smoothed", averages), ...ahead));
  const least = some(within(own, lowest(...seen("left", grey.y))));
  const most = highest(...seen("train", high), ...seen("smoothed", averages), ...devCost, ...ahead);
  /** @type {(values: number[]) => number[]} */
  const clamp = (values) => (logarithmic ? values.map((v) => Math.max(v, least / 1e3)) : values);
  const at = curve.iterations("train").map(x);
  const spread = (/** @type {number} */ i) =>
    train.size > 1 ? ` (${measured(low[i])} to ${measured(high[i])} in ${train.size} iterations)` : "";
  const text = mean.map((v, i) => `${measured(v, 4)}${spread(i)}`);
  const smoothedAt = smoothing === null ? [] : curve.iterations("smoothed").map(x);
  const { train: blue, smoothed: orange, dev: green } = style;
  return {
    traces: [
      band(at, clamp(known(low, mean)), null, style.band, "train"),
      band(at, clamp(known(high, mean)), "tonexty", style.band, "train"),
      line(`${names.cost} of a mini-batch`, at, clamp(mean), blue, 1, {
        legendgroup: "train",
        text,
        hoverinfo: "x+text+name",
      }),
      line("smoothed", smoothedAt, clamp(averages), orange, 2.2, told(averages)),
      line(names.dev, dev.columns.iteration.map(x), clamp(dev.columns.cost), green, 2, told(dev.columns.cost)),
      grey,
      ...foreseenTraces(curve.foreseen, x, style, clamp, smoothing),
      ...handTraces(curve.hand, x, style, clamp, smoothing),
    ],
    y: logarithmic
      ? {
          type: "log",
          range: [Math.log10(least / 1.5), Math.log10(most * 1.3)],
          ...ticks(least, most),
        }
      : { type: "linear", tickformat: "", range: [0, most * 1.05] },
  };
}

/**
 * The lowest number of an axis: of other numbers as they are, down to two decades below its own.
 * @param {number} own Infinity where there is none
 * @param {number} others
 */
const within = (own, others) => Math.min(own, Number.isFinite(own) ? Math.max(own / 100, others) : others);

/**
 * Where damage took costs away, the latest mean before: there the band has no width.
 * @param {number[]} values
 * @param {number[]} mean
 * @returns {number[]}
 */
function known(values, mean) {
  let latest = mean.find((v) => !Number.isNaN(v)) ?? NaN;
  return values.map((v, i) => {
    if (Number.isNaN(v)) return latest;
    latest = mean[i];
    return v;
  });
}

/**
 * Accuracy on the dev set; the axis begins where it was after the first eighth, so that later gains can be seen.
 * @param {Curve} curve
 * @param {ToX} x
 * @param {Palette} style
 * @param {Pick<Options, "coarse">} options
 * @returns {Drawing}
 */
export function accuracy(curve, x, style, { coarse }) {
  const { columns } = curve.tracks.dev;
  const at = columns.iteration.map(x);
  const later = columns.accuracyLow.slice(Math.floor(columns.accuracyLow.length / 8));
  const floor = Math.max(0, Math.floor(20 * (Math.min(...later, 1) - 0.01)) / 20);
  const text = columns.accuracy.map(percent);
  return {
    traces: [
      band(at, columns.accuracyLow, null, style.devBand, "dev"),
      band(at, columns.accuracyHigh, "tonexty", style.devBand, "dev"),
      line(labelOf("dev_accuracy"), at, columns.accuracy, style.dev, 2, {
        legendgroup: "dev",
        text,
        hoverinfo: "x+text",
      }),
      left(curve, ({ evaluations }) => [evaluations.map(([t]) => x(t)), evaluations.map((e) => e[2])], coarse, style),
    ],
    y: { type: "linear", tickformat: ".0%", range: [floor, 1 + (1 - floor) / 12] },
  };
}

/**
 * α in force, with its steps where they were, and what becomes of it under the present decay.
 * @param {Curve} curve
 * @param {ToX} x
 * @param {Palette} style
 * @returns {Drawing}
 */
export function rate(curve, x, style) {
  const points = ratesSoFar(curve);
  const { start, now, forecast } = curve;
  /** @type {Pair[]} */
  const ahead = [];
  forecast.rates.forEach((a, i) => {
    const t = forecast.iterations[i];
    if (isNumber(a) && t > now.iteration) ahead.push([t, a]);
  });
  if (ahead.length && isNumber(now.rate)) ahead.unshift([now.iteration, now.rate]);
  const rates = points.map(([, a]) => a);
  const soon = ahead.filter(([t]) => t - now.iteration < 0.15 * (now.iteration - start)).map(([, a]) => a);
  const marked = markedRates(curve.found, curve.limits, highest(rates));
  const [least, most] = [some(lowest(rates, soon, marked)), highest(rates, marked)];
  const end = Math.max(now.iteration, curve.foreseen?.end ?? 0);
  /** @type {(name: string, pairs: Pair[], width: number, more?: Partial<Trace>) => Trace} */
  const drawn = (name, pairs, width, more) => {
    const [at, values] = [pairs.map(([t]) => x(t)), pairs.map(([, a]) => a)];
    return line(name, at, values, style.rate, width, more);
  };
  const dotted = { color: style.rate, width: 1.5, dash: "dot" };
  return {
    traces: [
      drawn("α in force", points, 2),
      drawn("forecast", ahead, 1.5, { line: dotted, showlegend: false }),
      ...foundTraces(curve.found, [x(start), x(end)], style),
      ...limitTraces(curve.limits, now.iteration, x, style),
    ],
    names: markNames(curve.found, curve.limits, style),
    y: {
      type: "log",
      range: [Math.log10(least / 1.6), Math.log10(most * 1.6)],
      ...ticks(least, most),
    },
  };
}

/**
 * Pairs of iteration and α: at the ends of buckets, before and after each change of α, and now.
 * @param {Curve} curve
 * @returns {Pair[]}
 */
function ratesSoFar({ tracks: { train }, start, startRate, now, interventions }) {
  /** @type {Pair[]} */
  const points = train.columns.rate.map((a, i) => [Math.min(start + (train.first + i + 1) * train.size, train.end), a]);
  if (train.first === 0 && points.length) points.unshift([start, isNumber(startRate) ? startRate : points[0][1]]);
  const [first, last] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
  /** @type {Pair[]} */
  const steps = [];
  for (const { iteration: t, before, after } of interventions) {
    if (after.learning_rate === undefined || t < first || t > last) continue;
    steps.push([t, Number(before.learning_rate)], [t, Number(after.learning_rate)]);
  }
  // a bucket that ends where α was changed already has the new α: before the step it would be a false dip
  const stepped = new Set(steps.map(([t]) => t));
  const drawn = [...points.filter(([t]) => !stepped.has(t)), ...steps].sort(([s], [t]) => s - t);
  if (train.end === now.iteration && isNumber(now.rate)) drawn.push([now.iteration, now.rate]);
  return drawn;
}

/**
 * What was left by going back or branching: there, but grey, behind everything, and with little say in the axes. Points
 * that would touch are taken together, so that it stays a thin line however small it is in sight.
 * @param {Curve} curve
 * @param {(part: Abandoned) => [number[], unknown[]]} points
 * @param {number} coarse
 * @param {Palette} style
 */
function left(curve, points, coarse, style) {
  /** @type {[Numbers, Numbers]} */
  const [x, y] = [[], []];
  for (const part of curve.abandoned) {
    const [at, values] = points(part);
    for (let i = 0, end; i < at.length; i = end) {
      for (end = i + 1; end < at.length && at[end] - at[i] < coarse;) end += 1;
      x.push(middle(at.slice(i, end)));
      y.push(middle(values.slice(i, end).filter(isNumber)));
    }
    x.push(null);
    y.push(null);
  }
  const shown = x.length > 0;
  return line("left behind", x, y, style.left, 1.2, {
    zorder: -1,
    hoverinfo: "skip",
    legendgroup: "left",
    showlegend: shown,
  });
}

/**
 * The one in the middle; null where there is none.
 * @param {number[]} values
 * @returns {number | null}
 */
const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? null;
