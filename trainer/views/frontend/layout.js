// @ts-check
// How a chart is laid out, as Plotly takes it.

/** @typedef {import("./frames.js").Axis} Axis */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {{ l: number, r: number, t: number, b: number }} Margin */

export const CONFIG = {
  displayModeBar: false,
  responsive: false,
  doubleClick: "autosize",
  showTips: false,
  displaylogo: false,
};

const FEW = 8; // iterations, between which no label may stand

/**
 * The space around the axes of a chart, in pixels: for half of the last label at the right.
 * @param {boolean} legend whether there is one above it
 * @param {boolean} title whether its x axis has one
 * @returns {Margin}
 */
export const marginOf = (legend, title) => ({ l: 64, r: 22, t: legend ? 26 : 8, b: title ? 46 : 30 });

/**
 * How every chart looks in this theme. It has the background of the page rather than none, since Plotly takes that for
 * the names of lines under the pointer, and would write them on white.
 * @param {Pick<Palette, "background" | "font" | "grid" | "text">} style
 */
export const lookOf = ({ background, font, grid, text }) => ({
  paper_bgcolor: background,
  plot_bgcolor: "rgba(0,0,0,0)",
  font: { family: font, size: 12, color: text },
  hoverlabel: { bgcolor: background, bordercolor: grid, namelength: -1, font: { family: font, color: text } },
});

/**
 * @param {HTMLElement} box
 * @param {Palette} style
 * @param {object} chart
 * @param {Axis} chart.axis of its x
 * @param {[number, number]} chart.range of its x axis
 * @param {import("./traces.js").Drawing["y"]} chart.y
 * @param {import("./traces.js").Name[]} [chart.names]
 * @param {boolean} chart.legend
 * @param {boolean} chart.title whether its x axis has one
 */
export function layoutOf(box, style, { axis, range, y, names = [], legend, title }) {
  const width = range[1] - range[0];
  const counted = axis === "iteration";
  const lines = { gridcolor: style.grid, linecolor: style.grid, zeroline: false, tickcolor: style.grid };
  const named = { text: axis === "minutes" ? "minutes of training" : axis, standoff: 8 };
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    margin: marginOf(legend, title),
    ...lookOf(style),
    showlegend: legend,
    legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)", uirevision: "keep" },
    hovermode: "x",
    dragmode: "zoom",
    uirevision: "keep",
    xaxis: {
      ...lines,
      ticklabeloverflow: "allow",
      range,
      title: title ? named : undefined,
      autorange: false,
      /** @type {unknown} */
      uirevision: undefined,
      automargin: false,
      nticks: 8,
      hoverformat: counted ? ",.0f" : `.${Math.min(9, Math.max(2, 3 - Math.floor(Math.log10(width))))}f`,
      tickformat: counted ? "~s" : "",
      exponentformat: "none",
      ...(counted && width < FEW ? { tick0: 0, dtick: 1 } : {}),
    },
    yaxis: {
      ...lines,
      ticklabeloverflow: "allow",
      ...y,
      autorange: false,
      /** @type {unknown} */
      uirevision: undefined,
      nticks: 6,
      exponentformat: "e",
      hoverformat: ".4~g",
    },
    annotations: names.map(({ text, at, end, color }) => ({
      text,
      xref: "paper",
      x: end ? 1 : 0,
      xanchor: end ? "right" : "left",
      y: y.type === "log" ? Math.log10(at) : at,
      yanchor: end ? "top" : "bottom",
      showarrow: false,
      font: { color, size: 11 },
    })),
    yaxis2: { overlaying: "y", range: [0, 1], fixedrange: true, visible: false },
  };
}
