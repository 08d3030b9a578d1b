// The charts of a report: cost, dev accuracy and α under one another, with one axis of iterations.

"use strict";

const curves = JSON.parse(document.getElementById("curves").textContent);
const root = document.getElementById("charts");
let logarithmic = true;

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const harmless = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const line = (name, x, y, hue, width, more = {}) => ({ type: "scatter", mode: "lines", name, x, y, line: { color: hue, width }, ...more });

/** A band between two curves, in pieces where there is nothing known between them: a fill does not stop at a gap. */
function band(x, low, high, hue, group, axis) {
  const pieces = [];
  let piece = [];
  for (let i = 0; i <= x.length; i += 1) {
    if (i < x.length && low[i] !== null) piece.push(i);
    else if (piece.length) {
      pieces.push(piece);
      piece = [];
    }
  }
  const outline = pieces.map((at) => [...at, ...at.toReversed(), null]).flat();
  const turned = pieces.map((at) => [...at.map((i) => high[i]), ...at.toReversed().map((i) => low[i]), null]).flat();
  return {
    type: "scatter", mode: "lines", x: outline.map((i) => (i === null ? null : x[i])), y: turned, yaxis: axis, fill: "toself",
    fillcolor: hue, opacity: 0.25, line: { width: 0.6, color: hue }, hoverinfo: "skip", showlegend: false, legendgroup: group,
  };
}

function traces() {
  const { train, smoothed, dev, rate, changes } = curves;
  const several = curves.size > 1 ? ` (mean of ${curves.size} iterations)` : "";
  const points = dev.x.length < 60 ? "lines+markers" : "lines";
  return [
    band(train.x, train.low, train.high, color("train"), "train", "y"),
    line(`cost J${several}`, train.x, train.mean, color("train"), 1, { legendgroup: "train" }),
    line("smoothed", smoothed.x, smoothed.mean, color("smoothed"), 2.2),
    line("dev cost", dev.x, dev.cost, color("dev"), 2, { mode: points, marker: { size: 4 } }),
    band(dev.x, dev.low, dev.high, color("dev"), "dev", "y2"),
    line("dev accuracy", dev.x, dev.accuracy, color("dev"), 2, { yaxis: "y2", showlegend: false, hovertemplate: "%{y:.2%}", mode: points, marker: { size: 4 } }),
    line("α", rate.x, rate.value, color("rate"), 2, { yaxis: "y3", showlegend: false, line: { color: color("rate"), width: 2, shape: "hv" } }),
    {
      type: "scatter", mode: "markers", name: "interventions", x: changes.map((c) => c.x), y: changes.map(() => 0.97), yaxis: "y4",
      marker: { symbol: "diamond", size: 10, color: color("mark") }, showlegend: changes.length > 0, cliponaxis: false,
      hovertext: changes.map((c) => `${c.x}: ${harmless(c.what)}${c.why ? ` “${harmless(c.why.slice(0, 120))}”` : ""}`), hoverinfo: "text",
    },
  ];
}

function layout() {
  const narrow = root.clientWidth < 600;
  const axis = { gridcolor: color("grid"), linecolor: color("grid"), zeroline: false, automargin: true, nticks: 6 };
  const title = (text) => ({ text, font: { size: 13 }, standoff: 8 });
  const marks = curves.changes.map((c) => ({
    type: "line", xref: "x", yref: "paper", x0: c.x, x1: c.x, y0: 0, y1: 1, line: { color: color("mark"), width: 1, dash: "dot" }, opacity: 0.6,
  }));
  const accuracies = curves.dev.low.filter((v) => v !== null);
  const later = accuracies.slice(Math.floor(accuracies.length / 8));
  const floor = Math.max(0, Math.min(1, ...later) - 0.02);
  return {
    height: narrow ? 720 : 860, margin: { l: narrow ? 48 : 64, r: 12, t: narrow ? 70 : 36, b: 48 },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: color("font"), size: 12, color: color("text") },
    legend: { orientation: "h", x: 0, y: 1.01, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
    hovermode: "x", hoverlabel: { bgcolor: color("paper"), bordercolor: color("grid"), font: { color: color("text") }, namelength: -1 },
    dragmode: narrow ? false : "zoom", shapes: marks,
    xaxis: { ...axis, title: title("iteration"), range: [curves.start, curves.end], anchor: "y3", tickformat: "~s", hoverformat: ",.0f", automargin: false },
    yaxis: { ...axis, title: title("Cost J"), domain: [0.5, 1], type: logarithmic ? "log" : "linear", tickformat: "~g", hoverformat: ".4g", ...(logarithmic ? { dtick: 1 } : {}) },
    yaxis2: { ...axis, title: title("Dev accuracy"), domain: [0.26, 0.46], tickformat: ".0%", range: [floor, 1 + (1 - floor) / 12] },
    yaxis3: { ...axis, title: title("α"), domain: [0, 0.22], type: "log", tickformat: "~g", hoverformat: ".4g", ...ticks(curves.rate.value) },
    yaxis4: { overlaying: "y", range: [0, 1], fixedrange: true, visible: false, domain: [0.5, 1] },
  };
}

/** Few labels on a log axis: at 1, 2 and 5 where it spans about a decade, else at powers of ten. */
function ticks(values) {
  const rates = values.filter((value) => value > 0);
  const decades = Math.log10(Math.max(...rates) / Math.min(...rates));
  return decades < 0.4 ? {} : { dtick: decades < 1.2 ? "D2" : Math.ceil(decades / 4) };
}

const draw = () => Plotly.react(root, traces(), layout(), { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["select2d", "lasso2d"] });

document.getElementById("scale").addEventListener("click", (event) => {
  logarithmic = !logarithmic;
  event.target.textContent = logarithmic ? "Linear cost" : "Logarithmic cost";
  draw();
});
document.getElementById("whole").addEventListener("click", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
draw();
