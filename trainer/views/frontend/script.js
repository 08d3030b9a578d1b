// @ts-check
// Whether the script of the page rests, as a page of Streamlit shows it.

const JUST = 500; // milliseconds; what was pressed so lately may not have reached the script

let pressed = -Infinity;
addEventListener("click", () => (pressed = performance.now()), { capture: true });

/**
 * Whether the script may be told something that nobody asked for. One that runs would begin anew, and what a person
 * had pressed (a trigger, which is sent once) would be lost.
 */
export function scriptRests() {
  const state = document.querySelector("[data-test-script-state]")?.getAttribute("data-test-script-state");
  return state !== "running" && performance.now() - pressed > JUST;
}
