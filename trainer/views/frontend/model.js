// What the network does with its data at an iteration: its confusion matrix, the class probabilities of one example,
// and with two inputs the decision boundary.

import { element, percent, short, whole } from "./text.js";

export class Model {
  /** ask(iteration, example) is a promise of what the server says of it. */
  constructor(ask) {
    this.ask = ask;
    this.number = 0;
    this.example = 0;
    this.said = element("p", { class: "panda-small", role: "status" });
    this.remark = element("p", { class: "panda-banner", hidden: true, "data-kind": "warn" });
    this.matrix = element("div", { class: "panda-scroll" });
    this.box = element("input", { type: "text", inputmode: "numeric", value: "0", size: 5, "aria-label": "Dev example", autocomplete: "off" });
    this.bars = element("div", { class: "panda-bars" });
    this.image = element("canvas", { class: "panda-image", role: "img", "aria-label": "the example", hidden: true });
    this.plane = element("canvas", { class: "panda-plane", role: "img" });
    this.planeBox = element("figure", { hidden: true }, element("figcaption", {}, "Decision boundary"), this.plane);
    const step = (way, label, text) => {
      const button = element("button", { type: "button", "aria-label": label }, text);
      button.addEventListener("click", () => this.#choose(this.example + way));
      return button;
    };
    this.box.addEventListener("change", () => this.#choose(Number(this.box.value)));
    this.node = element(
      "details", { class: "panda-model", open: true },
      element("summary", {}, element("h3", {}, "The network at this iteration")),
      this.remark, this.said,
      element(
        "div", { class: "panda-portrait" },
        this.planeBox,
        element("figure", {}, element("figcaption", {}, "Dev examples: class (row) and what it was taken for"), this.matrix),
        element(
          "figure", {}, element("figcaption", {}, "Class probabilities of a dev example"),
          element("div", { class: "panda-row" }, step(-1, "Example before", "‹"), this.box, step(1, "Next example", "›"), this.image),
          this.bars,
        ),
      ),
    );
    this.node.addEventListener("toggle", () => this.node.open && this.iteration !== undefined && this.show(this.iteration));
  }

  /** The playhead moved on: what is drawn is of another iteration. */
  stale() {
    this.node.dataset.exact = "false";
  }

  async show(iteration) {
    this.iteration = iteration;
    if (!this.node.open) return;
    const number = ++this.number;
    this.said.textContent = `re-executing up to iteration ${whole(iteration)} …`;
    try {
      const answer = await this.ask(iteration, this.example);
      if (number !== this.number) return;
      if (answer.refused) throw new Error(`${answer.refused}.`);
      this.#draw(answer);
    } catch (error) {
      if (number === this.number) this.said.textContent = error.message;
    }
  }

  #choose(example) {
    const last = (this.examples ?? 1) - 1;
    if (!Number.isInteger(example) || example < 0 || example > last) {
      this.said.textContent = `A dev example is a whole number from 0 to ${last}.`;
      this.box.value = this.example;
      return;
    }
    this.example = example;
    this.box.value = example;
    this.show(this.iteration);
  }

  #draw(answer) {
    this.examples = answer.examples;
    const style = getComputedStyle(this.node);
    const color = (name) => style.getPropertyValue(name).trim();
    const ago = answer.iteration - answer.from;
    this.said.textContent = `${ago ? `re-executed ${whole(ago)} iteration${ago > 1 ? "s" : ""} from the checkpoint at ${whole(answer.from)}` : `recorded in a checkpoint at ${whole(answer.from)}`}; digest ${answer.digest.slice(0, 12)}…`;
    this.remark.textContent = answer.remark;
    this.remark.hidden = !answer.remark;
    this.matrix.replaceChildren(confusion(answer));
    this.bars.replaceChildren(...bars(answer));
    drawImage(this.image, answer.example.image);
    this.planeBox.hidden = !answer.plane;
    if (answer.plane) drawPlane(this.plane, answer.plane, answer.classes, color);
    Object.assign(this.node.dataset, { iteration: answer.iteration, exact: "true", digest: answer.digest });
  }
}

function confusion({ confusion: rows, classes }) {
  const most = Math.max(...rows.flat());
  const head = element("tr", {}, element("td"), ...classes.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.map((row, i) => {
    const cells = row.map((n, j) => {
      const cell = element("td", { class: i === j ? "panda-right" : "panda-wrong" }, n ? String(n) : "·");
      cell.style.setProperty("--panda-share", n ? `${Math.round(12 + (68 * n) / most)}%` : "0%");
      return cell;
    });
    return element("tr", {}, element("th", { scope: "row" }, classes[i]), ...cells);
  });
  return element("table", { class: "panda-confusion" }, element("thead", {}, head), element("tbody", {}, ...body));
}

function bars({ example, classes }) {
  const hardmax = example.probabilities.indexOf(Math.max(...example.probabilities));
  return classes.map((name, k) => {
    const bar = element("span", { class: "panda-bar" });
    bar.style.width = `${100 * example.probabilities[k]}%`;
    const marks = [k === example.is ? "true class" : "", k === hardmax ? "hardmax" : ""].filter(Boolean).join(", ");
    const value = example.probabilities[k] >= 5e-5 ? percent(example.probabilities[k]) : short(example.probabilities[k], 2);
    return element("div", { class: k === example.is ? "panda-true" : "" }, element("span", {}, name), element("span", { class: "panda-track" }, bar), element("span", {}, value), element("span", { class: "panda-small" }, marks));
  });
}

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

function drawImage(canvas, image) {
  canvas.hidden = !image;
  if (!image) return;
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(image.width, image.height);
  bytes(image.grey).forEach((grey, i) => pixels.data.set([grey, grey, grey, 255], 4 * i));
  context.putImageData(pixels, 0, 0);
}

const CLASS_COLORS = ["blue", "orange", "green", "violet", "red", "gray"];

function drawPlane(canvas, plane, classes, color) {
  const size = 4 * plane.points;
  canvas.width = canvas.height = size;
  canvas.setAttribute("aria-label", `what the network takes every point of the plane for: ${classes.join(", ")}`);
  const context = canvas.getContext("2d");
  const paint = CLASS_COLORS.map((name) => rgb(context, color(`--st-${name}-color`)));
  const ground = rgb(context, color("--st-background-color"));
  const [taken, certainty] = [bytes(plane.classes), bytes(plane.certainty)];
  const pixels = context.createImageData(size, size);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const at = (plane.points - 1 - (y >> 2)) * plane.points + (x >> 2);
      const share = 0.12 + 0.4 * Math.max(0, (certainty[at] / 255 - 1 / classes.length) / (1 - 1 / classes.length));
      const of = paint[taken[at] % paint.length];
      pixels.data.set([0, 1, 2].map((c) => ground[c] + share * (of[c] - ground[c])).concat(255), 4 * (y * size + x));
    }
  }
  context.putImageData(pixels, 0, 0);
  const [[left, right], [bottom, top]] = plane.ends;
  plane.x.forEach(([u, v], i) => {
    context.beginPath();
    context.arc(((u - left) / (right - left)) * size, (1 - (v - bottom) / (top - bottom)) * size, 4, 0, 2 * Math.PI);
    context.fillStyle = `rgb(${paint[plane.y[i] % paint.length].join()})`;
    context.fill();
    context.strokeStyle = `rgb(${ground.join()})`;
    context.stroke();
  });
}

/** A colour of any notation as red, green and blue. */
function rgb(context, color) {
  context.fillStyle = color;
  return [1, 3, 5].map((at) => parseInt(context.fillStyle.slice(at, at + 2), 16));
}
