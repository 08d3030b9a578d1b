// @ts-check
// Icons that are drawn: a font may lack the glyph.

const SVG = "http://www.w3.org/2000/svg";

/** Outlines in a square of 16. */
const SHAPES = {
  previous: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M9.6 3.4 11 4.8 7.8 8l3.2 3.2-1.4 1.4L5 8z",
  forth: "M6.4 3.4 5 4.8 8.2 8 5 11.2l1.4 1.4L11 8z",
  next: "M11 3h2v10h-2zM3 3v10l7-5z",
};

/** @typedef {keyof typeof SHAPES} IconName */

/**
 * In the colour of the text around it; what it means is said by the label of its button.
 * @param {IconName} name
 */
export function icon(name) {
  const [svg, path] = [document.createElementNS(SVG, "svg"), document.createElementNS(SVG, "path")];
  const drawn = { viewBox: "0 0 16 16", width: "16", height: "16", fill: "currentColor", "aria-hidden": "true" };
  for (const [attribute, value] of Object.entries(drawn)) svg.setAttribute(attribute, value);
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}
