// @ts-check
// Markers of interventions on the charts.

import { changes, whole } from "./text.js";

/** @typedef {import("./frames.js").Intervention} Intervention */
/** @typedef {import("./frames.js").Pair} Pair */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./plot.js").Trace} Trace */
/** @typedef {import("./traces.js").ToX} ToX */
/** @typedef {{ x: number, marks: Intervention[] }} Cluster interventions that would touch */

/**
 * A line down from each cluster of interventions, and a marker with their stories.
 * @param {Cluster[]} clusters
 * @param {Palette} style
 * @param {boolean} legend
 * @returns {Trace[]}
 */
export function marks(clusters, style, legend) {
  /** @type {(number | null)[][]} */
  const [x, y] = [clusters.flatMap((c) => [c.x, c.x, null]), clusters.flatMap(() => [0, 1, null])];
  const several = clusters.map((c) => c.marks.length > 1);
  return [
    {
      type: "scatter",
      mode: "lines",
      uid: "lines",
      x,
      y,
      yaxis: "y2",
      line: { color: style.mark, width: 1, dash: "dot" },
      hoverinfo: "skip",
      showlegend: false,
      legendgroup: "marks",
      opacity: 0.7,
    },
    {
      type: "scatter",
      mode: "markers+text",
      name: "interventions",
      uid: "interventions",
      legendgroup: "marks",
      showlegend: legend && clusters.length > 0,
      x: clusters.map((c) => c.x),
      y: clusters.map(() => 0.95),
      yaxis: "y2",
      cliponaxis: false,
      text: clusters.map((c, i) => (several[i] ? String(c.marks.length) : "")),
      textfont: { color: style.background, size: 9 },
      marker: { symbol: "diamond", size: several.map((s) => (s ? 16 : 10)), color: style.mark, opacity: 1 },
      hovertext: clusters.map(stories),
      hoverinfo: "text",
      customdata: clusters.map((c) => c.marks.length),
    },
  ];
}

const MOST_STORIES = 6;

/** @param {Cluster} cluster */
function stories({ marks: all }) {
  const more = all.length - MOST_STORIES;
  return [...all.slice(0, MOST_STORIES).map(story), ...(more > 0 ? [`and ${more} more`] : [])].join("<br>");
}

/**
 * Interventions in sight, those that would touch taken together.
 * @param {Intervention[]} interventions
 * @param {ToX} x
 * @param {Pair} range of the x axis
 * @param {number} closest two that are closer than this, in units of the x axis, would touch
 */
export function clustered(interventions, x, range, closest) {
  /** @type {Cluster[]} */
  const clusters = [];
  for (const mark of interventions) {
    const at = x(mark.iteration);
    if (at < range[0] || at > range[1]) continue;
    const last = clusters.at(-1);
    if (last && at - last.x < closest) last.marks.push(mark);
    else clusters.push({ x: at, marks: [mark] });
  }
  return clusters;
}

/**
 * An intervention in one line; Plotly reads a little HTML in hover texts, so what people wrote is made harmless.
 * @param {Intervention} mark
 */
function story(mark) {
  const note = mark.note ? ` “${harmless(mark.note.slice(0, 120))}”` : "";
  return `${whole(mark.iteration)}: ${harmless(changes(mark))} (${harmless(mark.author)})${note}`;
}

/** @param {string} text */
const harmless = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
