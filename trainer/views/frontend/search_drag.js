// @ts-check
// A drag inside a drawing, by mouse, pen or finger.

/** @typedef {[x: number, y: number]} Point in pixels from the left and the top of the drawing */

/**
 * @typedef {object} Drag
 * @property {(at: Point) => boolean} begins whether one begins here
 * @property {(from: Point, to: Point) => void} moves
 * @property {(from: Point, to: Point) => void} ends
 * @property {() => void} cancelled the browser took it, as to scroll the page
 */

/**
 * @param {SVGElement} node where it begins
 * @param {Element} drawing
 * @param {Drag} drag
 */
export function whenDragged(node, drawing, { begins, moves, ends, cancelled }) {
  /** @type {Point | null} */
  let from = null;
  /** @returns {Point} */
  const here = (/** @type {PointerEvent} */ event) => {
    const { left, top } = drawing.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !begins(here(event))) return;
    event.preventDefault();
    node.setPointerCapture(event.pointerId);
    from = here(event);
  });
  node.addEventListener("pointermove", (event) => {
    if (from) moves(from, here(event));
  });
  node.addEventListener("pointerup", (event) => {
    if (from) ends(from, here(event));
    from = null;
  });
  node.addEventListener("pointercancel", () => {
    if (from) cancelled();
    from = null;
  });
}
