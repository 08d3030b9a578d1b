// @ts-check
// The charts of a report: cost, dev accuracy and α under one another, with one axis of iterations. A script by itself:
// the report is one file, which holds Plotly.js and the numbers too.

"use strict";

/** @typedef {(number | null)[]} Numbers null where there is none */

/**
 * @typedef {object} Curves see curves.py
 * @property {number} start
 * @property {number} end
 * @property {number} size iterations of a point of `train`
 * @property {[number, number] | null} costs the lowest and the highest that a log axis shows
 * @property {{ x: number[], low: Numbers, high: Numbers, mean: Numbers }} train
 * @property {{ x: number[], mean: Numbers }} smoothed
 * @property {{ x: number[], cost: Numbers, accuracy: Numbers, low: Numbers, high: Numbers }} dev
 * @property {{ x: number[], value: Numbers }} rate
 * @property {{ x: number, what: string, by: string, why: string }[]} changes
 * @property {Gauge[]} gauges see gauges.py
 * @property {Record<string, string>} labels of the series
 * @property {Record<string, string>} panels of the series
 */

/**
 * @typedef {object} Gauge
 * @property {string} name
 * @property {string} label
 * @property {"log" | "linear"} scale
 * @property {number | null} low
 * @property {number | null} high
 * @property {boolean} percent
 * @property {[number, number] | null} range
 * @property {{ layer: number, x: Numbers, y: Numbers }[]} lines layer 0 is the whole network
 */

(() => {
  /** @type {any} */
  const { Plotly } = window;
  /** @type {Curves} */
  const curves = JSON.parse(byId("curves").textContent ?? "");
  const { labels, panels, costs } = curves;
  const root = byId("charts");
  let logarithmic = true;

  /** @param {string} id */
  function byId(id) {
    const found = document.getElementById(id);
    if (!found) throw new Error(`there is no ${id} in this report`);
    return found;
  }

  /** @param {string} name */
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  /** @param {string} text */
  const harmless = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

  /**
   * @param {string} name
   * @param {number[]} x
   * @param {Numbers} y
   * @param {string} hue
   * @param {number} width
   * @param {Record<string, unknown>} more
   */
  const line = (name, x, y, hue, width, more = {}) => ({
    type: "scatter",
    mode: "lines",
    name,
    x,
    y,
    line: { color: hue, width },
    ...more,
  });

  /**
   * A band between two curves, in pieces where there is nothing known between them: a fill does not stop at a gap.
   * @param {number[]} x
   * @param {Numbers} low
   * @param {Numbers} high
   * @param {string} hue
   * @param {string} group
   * @param {string} axis
   */
  function band(x, low, high, hue, group, axis) {
    /** @type {number[][]} */
    const pieces = [];
    /** @type {number[]} */
    let piece = [];
    for (let i = 0; i <= x.length; i += 1) {
      if (i < x.length && low[i] !== null) piece.push(i);
      else if (piece.length) {
        pieces.push(piece);
        piece = [];
      }
    }
    return {
      type: "scatter",
      mode: "lines",
      x: pieces.flatMap((at) => [...at.map((i) => x[i]), ...at.toReversed().map((i) => x[i]), null]),
      y: pieces.flatMap((at) => [...at.map((i) => high[i]), ...at.toReversed().map((i) => low[i]), null]),
      yaxis: axis,
      fill: "toself",
      fillcolor: hue,
      opacity: 0.25,
      line: { width: 0.6, color: hue },
      hoverinfo: "skip",
      showlegend: false,
      legendgroup: group,
    };
  }

  /** @param {Curves["changes"][number]} change */
  const story = ({ x, what, why }) => `${x}: ${harmless(what)}${why ? ` “${harmless(why.slice(0, 120))}”` : ""}`;

  function traces() {
    const { train, smoothed, dev, rate, changes } = curves;
    const several = curves.size > 1 ? ` (mean of ${curves.size} iterations)` : "";
    const dots = { mode: dev.x.length < 60 ? "lines+markers" : "lines", marker: { size: 4 } };
    const [blue, orange, green, violet] = ["train", "smoothed", "dev", "rate"].map(color);
    const percent = { yaxis: "y2", showlegend: false, hovertemplate: "%{y:.2%}", ...dots };
    const steps = { yaxis: "y3", showlegend: false, line: { color: violet, width: 2, shape: "hv" } };
    return [
      band(train.x, train.low, train.high, blue, "train", "y"),
      line(`${labels.cost}${several}`, train.x, train.mean, blue, 1, { legendgroup: "train" }),
      line("smoothed", smoothed.x, smoothed.mean, orange, 2.2),
      line(labels.dev_cost, dev.x, dev.cost, green, 2, dots),
      band(dev.x, dev.low, dev.high, green, "dev", "y2"),
      line(labels.dev_accuracy, dev.x, dev.accuracy, green, 2, percent),
      line(labels.learning_rate, rate.x, rate.value, violet, 2, steps),
      {
        type: "scatter",
        mode: "markers",
        name: "interventions",
        x: changes.map((c) => c.x),
        y: changes.map(() => 0.97),
        yaxis: "y4",
        marker: { symbol: "diamond", size: 10, color: color("mark") },
        showlegend: changes.length > 0,
        cliponaxis: false,
        hovertext: changes.map(story),
        hoverinfo: "text",
      },
    ];
  }

  function layout() {
    const narrow = root.clientWidth < 600;
    const [grid, text, font] = ["grid", "text", "font"].map(color);
    const axis = { gridcolor: grid, linecolor: grid, zeroline: false, automargin: true, nticks: 6 };
    const title = (/** @type {string} */ name) => ({ text: name, font: { size: 13 }, standoff: 8 });
    const mark = { type: "line", xref: "x", yref: "paper", y0: 0, y1: 1, opacity: 0.6 };
    const dotted = { color: color("mark"), width: 1, dash: "dot" };
    const accuracies = curves.dev.low.filter((v) => v !== null);
    const later = accuracies.slice(Math.floor(accuracies.length / 8));
    const floor = Math.max(0, Math.min(1, ...later) - 0.02);
    return {
      height: narrow ? 720 : 860,
      margin: { l: narrow ? 48 : 64, r: 12, t: narrow ? 70 : 36, b: 48 },
      paper_bgcolor: color("paper"), // which names of lines under the pointer are written on
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: font, size: 12, color: text },
      legend: { orientation: "h", x: 0, y: 1.01, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
      hovermode: "x",
      hoverlabel: { bgcolor: color("paper"), bordercolor: grid, font: { color: text }, namelength: -1 },
      dragmode: narrow ? false : "zoom",
      shapes: curves.changes.map((c) => ({ ...mark, x0: c.x, x1: c.x, line: dotted })),
      xaxis: {
        ...axis,
        title: title("iteration"),
        range: [curves.start, curves.end],
        anchor: "y3",
        tickformat: "~s",
        hoverformat: ",.0f",
        automargin: false,
      },
      yaxis: {
        ...axis,
        title: title(panels.cost),
        domain: [0.5, 1],
        type: logarithmic ? "log" : "linear",
        tickformat: "~g",
        hoverformat: ".4g",
        ...(logarithmic ? { dtick: 1 } : {}),
        ...(logarithmic && costs ? { range: [Math.log10(costs[0] / 1.5), Math.log10(costs[1] * 1.5)] } : {}),
      },
      yaxis2: {
        ...axis,
        title: title(panels.dev_accuracy),
        domain: [0.26, 0.46],
        tickformat: ".0%",
        range: [floor, 1 + (1 - floor) / 12],
      },
      yaxis3: {
        ...axis,
        title: title("α"),
        domain: [0, 0.22],
        type: "log",
        tickformat: "~g",
        hoverformat: ".4g",
        ...ticks(curves.rate.value),
      },
      yaxis4: { overlaying: "y", range: [0, 1], fixedrange: true, visible: false, domain: [0.5, 1] },
    };
  }

  /**
   * Few labels on a log axis: at 1, 2 and 5 where it spans about a decade, else at powers of ten.
   * @param {Numbers} values
   */
  function ticks(values) {
    const rates = values.filter((value) => value !== null && value > 0).map(Number);
    const decades = Math.log10(Math.max(...rates) / Math.min(...rates));
    return decades < 0.4 ? {} : { dtick: decades < 1.2 ? "D2" : Math.ceil(decades / 4) };
  }

  const layers = [...new Set(curves.gauges.flatMap(({ lines }) => lines.map((one) => one.layer)))].sort(
    (a, b) => a - b,
  );

  /** @param {number} layer the same in every chart */
  function colorOfLayer(layer) {
    const light = matchMedia("(prefers-color-scheme: dark)").matches ? 66 : 38;
    return `hsl(${280 - (200 * layer) / Math.max(1, ...layers)} 60% ${light}%)`;
  }

  function drawKey() {
    const items = layers.map((layer) => {
      const [item, chip] = [document.createElement("span"), document.createElement("i")];
      chip.style.borderTop = layer ? `3px solid ${colorOfLayer(layer)}` : `3px dashed ${color("text")}`;
      item.append(chip, layer ? `layer ${layer}` : "whole network");
      return item;
    });
    document.getElementById("layers")?.replaceChildren(...items);
  }

  /** @param {Gauge} gauge */
  function drawGauge({ name, scale, low, high, percent, range, lines }) {
    const [grid, text, font, healthy] = ["grid", "text", "font", "dev"].map(color);
    const axis = { gridcolor: grid, linecolor: grid, zeroline: false, nticks: 5 };
    const ends = (range ?? [0, 1]).map((v) => (scale === "log" ? 10 ** v : v));
    const drawn = lines.map(({ layer, x, y }) => ({
      type: "scatter",
      mode: x.length < 40 ? "lines+markers" : "lines",
      marker: { size: 4 },
      name: layer ? `layer ${layer}` : "whole network",
      x,
      y,
      connectgaps: false,
      line: layer ? { width: 1.5, color: colorOfLayer(layer) } : { width: 1.5, color: text, dash: "dash" },
    }));
    const inside = { type: "rect", xref: "paper", x0: 0, x1: 1, opacity: 0.12, line: { width: 0 }, layer: "below" };
    const shapes =
      low === null && high === null ? [] : [{ ...inside, fillcolor: healthy, y0: low ?? ends[0], y1: high ?? ends[1] }];
    const marked = { type: "line", yref: "paper", y0: 0, y1: 1, line: { color: color("mark"), width: 1, dash: "dot" } };
    const changes = curves.changes.map((c) => ({ ...marked, x0: c.x, x1: c.x }));
    const look = {
      margin: { l: 52, r: 8, t: 8, b: 24 },
      paper_bgcolor: color("paper"), // which names of lines under the pointer are written on
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: font, size: 11, color: text },
      showlegend: false,
      hovermode: "x",
      hoverlabel: { bgcolor: color("paper"), bordercolor: grid, font: { color: text }, namelength: -1 },
      dragmode: root.clientWidth < 600 ? false : "zoom",
      shapes: [...shapes, ...changes],
      xaxis: { ...axis, range: [curves.start, curves.end], tickformat: "~s", hoverformat: ",.0f" },
      yaxis: {
        ...axis,
        type: scale,
        range: range ?? undefined,
        exponentformat: "e",
        hoverformat: percent ? ".1%" : ".4g",
        tickformat: percent ? ".0%" : "",
      },
    };
    Plotly.react(byId(`gauge-${name}`), drawn, look, { ...config, displayModeBar: false });
  }

  const config = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["select2d", "lasso2d"] };
  const draw = () => {
    Plotly.react(root, traces(), layout(), config);
    drawKey();
    for (const gauge of curves.gauges) setTimeout(() => drawGauge(gauge)); // the page is there before all are drawn
  };

  byId("scale").addEventListener("click", () => {
    logarithmic = !logarithmic;
    byId("scale").textContent = logarithmic ? "Linear cost" : "Logarithmic cost";
    draw();
  });
  byId("whole").addEventListener("click", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
})();
