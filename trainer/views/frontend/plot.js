// @ts-check
// Plotly.js as the page uses it.

/**
 * @typedef {object} Trace one line, band or row of markers
 * @property {"scatter"} type
 * @property {string} mode
 * @property {string} uid by which Plotly knows it again
 * @property {(number | null)[]} x
 * @property {(number | null)[]} y
 * @property {string} [name]
 * @property {string} [yaxis]
 * @property {{ color: string, width: number, dash?: string, shape?: string }} [line]
 * @property {Record<string, unknown>} [marker]
 * @property {Record<string, unknown>} [error_y]
 * @property {string} [fill]
 * @property {string} [fillcolor]
 * @property {string[]} [text]
 * @property {Record<string, unknown>} [textfont]
 * @property {string} [textposition]
 * @property {string[]} [hovertext]
 * @property {string} [hoverinfo]
 * @property {boolean} [showlegend]
 * @property {string} [legendgroup]
 * @property {boolean} [cliponaxis]
 * @property {number} [opacity]
 * @property {number} [zorder]
 * @property {unknown[]} [customdata]
 * @property {boolean | "legendonly"} [visible]
 */

/**
 * @typedef {object} Heat a heat map
 * @property {"heatmap"} type
 * @property {number[]} x edges of its columns
 * @property {number[]} y edges of its rows
 * @property {number[][]} z
 * @property {string[][]} text
 */

/** @typedef {{ range: [number, number], type?: string, title?: object }} Axis of a log axis the range is in powers of ten */

/**
 * @typedef {object} Drawn what Plotly makes of an element
 * @property {Trace[]} [data] there once it was drawn
 * @property {{ showlegend: boolean, xaxis: Axis, yaxis: Axis }} [layout] as in force: zooming writes its ranges there
 * @property {(event: string, listener: (event: any) => unknown) => void} on
 */

/** @typedef {HTMLElement & Drawn} Chart */

/**
 * @typedef {object} Plotly
 * @property {(box: HTMLElement, traces: (Trace | Heat)[], layout: object, config: object) => void} react
 * @property {(box: HTMLElement) => void} purge
 */

/** @returns {Plotly | undefined} */
export const plotly = () => /** @type {any} */ (window).Plotly;

/**
 * The part of a drawn chart between its axes, in pixels from the left and the top of its box. The layout says how far
 * it is from the left, right and bottom; a legend of several lines moves its top, so it is measured where Plotly lets
 * people drag. Without that it is as the layout says.
 * @param {Chart} box
 * @param {{ l: number, r: number, t: number, b: number }} margin
 */
export function plotArea(box, margin) {
  const dragged = box.querySelector(".nsewdrag")?.getBoundingClientRect();
  if (dragged?.height) {
    const { left, top } = box.getBoundingClientRect();
    return { left: dragged.left - left, top: dragged.top - top, width: dragged.width, height: dragged.height };
  }
  const { l, r, t, b } = margin;
  return { left: l, top: t, width: box.clientWidth - l - r, height: box.clientHeight - t - b };
}

/**
 * How far along an axis a value is: 0 at its beginning, 1 at its end.
 * @param {Axis} axis
 * @returns {(value: number) => number}
 */
export const shareOf =
  ({ range: [low, high], type }) =>
  (value) =>
    ((type === "log" ? Math.log10(value) : value) - low) / (high - low);
