// @ts-check
// One zoom for all views of a run: the stretch of iterations that a person zoomed to in its curves, or in another view.

/**
 * @typedef {object} Zoom
 * @property {() => [number, number] | null} get the iterations that were zoomed to
 * @property {(stretch: [number, number] | null) => void} set
 */

/**
 * @param {() => import("./charts.js").Charts} charts which keep it
 * @param {import("./frames.js").Curve} curve
 * @param {{ zoomed: boolean }} [near] whether what is in sight was zoomed to for what was looked ahead: of that others know
 *   nothing
 * @returns {Zoom}
 */
export const zoomOf = (charts, curve, near) => ({
  get: () => {
    const { zoomed, axis } = charts();
    if (!zoomed || near?.zoomed) return null;
    const [begin, end] = zoomed.map(curve.fromAxis(axis));
    return [begin, end];
  },
  set: (stretch) => (stretch ? charts().zoom(...stretch) : charts().reset()),
});
