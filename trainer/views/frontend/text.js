// How numbers and names are written for people.

export const NAMES = {
  learning_rate: "α",
  momentum: "β",
  mini_batch_size: "mini-batch",
  decay: "decay",
  decay_rate: "decay rate",
  decay_interval: "decay interval",
  optimizer: "optimizer",
  beta2: "β₂",
  epsilon: "ε",
  weight_decay: "weight decay",
  clip_norm: "clip norm",
};

const EXACT = 15; // digits that a double holds whatever they are

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export const whole = (n) => (typeof n === "number" ? grouped.format(n) : "–");

const hundredths = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const epochs = (n) => (typeof n === "number" ? hundredths.format(n) : "–");

/** Iterations within a sentence, in groups of three digits like everywhere else. */
export const grouping = (text) => text.replace(/\b(iteration )(\d{4,})\b/g, (_, word, n) => word + whole(Number(n)));

/** A number to so many digits, never longer than it must be; whole ones in full, and of one just below 1 its distance. */
export function short(value, digits = 4) {
  if (typeof value !== "number") return value === null || value === undefined ? "–" : String(value);
  const size = Math.abs(value);
  const nines = size > 0.9 && size < 1 ? Math.floor(-Math.log10(1 - size)) : 0;
  const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(Math.min(digits + nines, EXACT)));
  return size !== 0 && size < 1e-3 ? rounded.toExponential() : String(rounded);
}

/** A number in full, but for what is merely the last bit of it: 0.1 × 1.1 is 0.11. */
export const full = (value) => short(value, EXACT);

/** Always the same number of digits, so that nothing jumps. */
export function steady(value, digits) {
  if (typeof value !== "number") return value === null || value === undefined ? "–" : String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(digits - 2) : value.toFixed(digits);
}

export const percent = (value) => (typeof value === "number" ? `${(100 * value).toFixed(2)} %` : "–");

/** "α 0.1 → 0.0333, β 0.9 → 0.95" */
export const changes = (mark) =>
  Object.keys(mark.after)
    .map((name) => `${NAMES[name] ?? name} ${short(mark.before[name])} → ${short(mark.after[name])}`)
    .join(", ");

/** A new element with attributes and children; text is only ever text. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}
