// @ts-check
// The heat map of histograms over iterations, as Plotly draws it.

import { lookOf } from "./layout.js";
import { ramp } from "./palette.js";
import { percent, short, whole } from "./text.js";

/**
 * @typedef {object} Told see histograms.py
 * @property {number[]} iterations
 * @property {number[]} edges of the bins
 * @property {number[][]} shares a row for each iteration
 * @property {number} numbers
 * @property {number} recorded
 * @property {number} damaged
 * @property {number | null} now
 * @property {number} took
 * @property {import("./gauge_axis.js").Gauge} histogram
 */

/** @typedef {{ place: number, from: number, to: number }} Column of which moment, and how far it reaches */

const TICKS = [0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]; // shares that the key names

/**
 * The columns in sight: each reaches halfway to its neighbours, and not beyond what is shown.
 * @param {Pick<Told, "iterations">} told
 * @param {[number, number]} span
 * @param {number} until
 * @returns {Column[]}
 */
export function columnsOf({ iterations }, [begin, end], until) {
  const middle = (/** @type {number} */ i) => (iterations[i] + iterations[i + 1]) / 2;
  const alone = (end - begin) / 40; // wide is a column without a neighbour on that side
  const last = iterations.length - 1;
  return iterations
    .map((t, place) => ({
      place,
      from: Math.max(begin, place ? middle(place - 1) : t - alone),
      to: Math.min(end, place < last ? middle(place) : t + alone),
    }))
    .filter(({ place, from, to }) => iterations[place] <= until && to > from);
}

/**
 * @param {Told} told
 * @param {Column[]} columns
 * @param {import("./gauge_chart.js").Look} look
 */
export function heatOf({ iterations, edges, shares, histogram }, columns, { span, changes, style }) {
  const scale = ramp(style.background);
  const shades = [...scale.stops].reverse();
  const most = Math.max(0.01, ...columns.flatMap(({ place }) => shares[place]));
  const bins = edges.slice(1);
  const words = (/** @type {Column} */ { place }, /** @type {number} */ i) =>
    `iteration ${whole(iterations[place])}<br>${short(edges[i])} to ${short(edges[i + 1])}: ${percent(shares[place][i])}`;
  const ticks = TICKS.filter((share) => share <= most && share >= most / 300).filter(
    (share, i, all) => !i || Math.sqrt(share) - Math.sqrt(all[i - 1]) > 0.07 * Math.sqrt(most),
  );
  const lines = { gridcolor: style.grid, linecolor: style.grid, tickcolor: style.grid, zeroline: false };
  const trace = {
    type: /** @type {const} */ ("heatmap"),
    x: columns.length ? [columns[0].from, ...columns.map(({ to }) => to)] : [],
    y: edges,
    z: bins.map((_, i) => columns.map(({ place }) => Math.sqrt(shares[place][i]))),
    text: bins.map((_, i) => columns.map((column) => words(column, i))),
    hoverinfo: "text",
    zmin: 0,
    zmax: Math.sqrt(most),
    colorscale: [[0, style.background], ...shades.map((color, i) => [(i + 1) / shades.length, color])],
    colorbar: {
      thickness: 10,
      outlinewidth: 0,
      tickvals: ticks.map(Math.sqrt),
      ticktext: ticks.map((share) => `${short(100 * share)} %`),
      title: { text: "share", side: "top" },
    },
  };
  const layout = {
    margin: { l: 64, r: 10, t: 8, b: 46 },
    ...lookOf(style),
    dragmode: "zoom",
    xaxis: {
      ...lines,
      range: [...span],
      title: { text: "iteration", standoff: 8 },
      tickformat: "~s",
      nticks: 8,
      exponentformat: "none",
    },
    yaxis: {
      ...lines,
      range: [edges[0], edges[edges.length - 1]],
      fixedrange: true,
      title: { text: histogram.label },
      exponentformat: "e",
    },
    shapes: changes.map((t) => ({
      type: "line",
      x0: t,
      x1: t,
      yref: "paper",
      y0: 0,
      y1: 1,
      line: { color: style.mark, width: 1, dash: "dot" },
    })),
  };
  return { traces: [trace], layout };
}
