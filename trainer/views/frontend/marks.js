// @ts-check
// Markers on the charts: of interventions, and hollow ones of changes that are planned.

import { changes, visible, whole, plannedChanges } from "./text.js";

/** @typedef {import("./frames.js").Intervention} Intervention */
/** @typedef {import("./frames.js").Planned} Planned */
/** @typedef {import("./frames.js").Pair} Pair */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./plot.js").Trace} Trace */
/** @typedef {import("./traces.js").ToX} ToX */
/**
 * @template Mark
 * @typedef {{ x: number, marks: Mark[] }} Cluster marks that would touch
 */

/**
 * A line down from each cluster of interventions, and a marker with their stories.
 * @param {Cluster<Intervention>[]} clusters
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
      ...markers("interventions", "marks", clusters, story, legend),
      mode: "markers+text",
      text: clusters.map((c, i) => (several[i] ? String(c.marks.length) : "")),
      textfont: { color: style.background, size: 9 },
      marker: { symbol: "diamond", size: several.map((s) => (s ? 16 : 10)), color: style.mark, opacity: 1 },
    },
  ];
}

/**
 * A row of markers near the top of a chart, each with the stories of its cluster.
 * @template Mark
 * @param {string} name
 * @param {string} group of the legend
 * @param {Cluster<Mark>[]} clusters
 * @param {(mark: Mark) => string} tell
 * @param {boolean} legend
 * @returns {Trace}
 */
function markers(name, group, clusters, tell, legend) {
  return {
    type: "scatter",
    mode: "markers",
    name,
    uid: name,
    legendgroup: group,
    showlegend: legend && clusters.length > 0,
    x: clusters.map((c) => c.x),
    y: clusters.map(() => 0.95),
    yaxis: "y2",
    cliponaxis: false,
    hovertext: clusters.map((c) => stories(c.marks.map(tell))),
    hoverinfo: "text",
    customdata: clusters.map((c) => c.marks.length),
  };
}

const MOST_STORIES = 6;

/** @param {string[]} all */
function stories(all) {
  const more = all.length - MOST_STORIES;
  return [...all.slice(0, MOST_STORIES), ...(more > 0 ? [`and ${more} more`] : [])].join("<br>");
}

/**
 * Marks in sight, those that would touch taken together.
 * @template {{ iteration: number }} Mark
 * @param {Mark[]} all in the order of their iterations
 * @param {ToX} x
 * @param {Pair} range of the x axis
 * @param {number} closest two that are closer than this, in units of the x axis, would touch
 */
export function clustered(all, x, range, closest) {
  /** @type {Cluster<Mark>[]} */
  const clusters = [];
  for (const mark of all) {
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

const BESIDE = 4; // pixels by which the sign for what lies further on is moved: it stands whole in the margin

/**
 * Hollow markers of what is planned, ahead of the curve; what lies further on than the axis is told of beside its end.
 * @param {Planned[]} planned
 * @param {ToX} x
 * @param {Pair} range of the x axis
 * @param {number} closest two that are closer than this, in units of the x axis, would touch
 * @param {Palette} style
 * @param {boolean} legend
 * @returns {Trace[]}
 */
export function hollow(planned, x, range, closest, style, legend) {
  const further = planned.filter((plan) => x(plan.iteration) > range[1]);
  const all = [...clustered(planned, x, range, closest), ...(further.length ? [{ x: range[1], marks: further }] : [])];
  const last = all.length - (further.length ? 1 : 0);
  const beyond = all.map((_, i) => i >= last);
  return [
    {
      ...markers("planned", "planned", all, planStory, legend),
      marker: {
        symbol: beyond.map((is) => (is ? "triangle-down-open" : "diamond-open")),
        angle: beyond.map((is) => (is ? -90 : 0)), // so it points to the right, which is where it is moved to
        standoff: beyond.map((is) => (is ? BESIDE : 0)),
        size: beyond.map((is) => (is ? 10 : 11)),
        opacity: 1,
        color: style.mark,
        line: { color: style.mark, width: 1.6 },
      },
    },
  ];
}

/** @param {Planned} mark */
function planStory({ iteration, changes: values, author, note }) {
  const why = note ? ` “${harmless(note.slice(0, 120))}”` : "";
  return `planned at ${whole(iteration)}: ${harmless(plannedChanges(values))} (${harmless(author)})${why}`;
}

/** @param {string} text */
const harmless = (text) => visible(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
