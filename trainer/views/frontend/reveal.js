// @ts-check
// What a person asked for is brought into view, where it is not.

/**
 * Scroll no further than needed, and not at all where half of it is in sight.
 * @param {Element} node
 */
export function reveal(node) {
  const { top, bottom, height } = node.getBoundingClientRect();
  if (Math.min(bottom, innerHeight) - Math.max(top, 0) >= height / 2) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
}
