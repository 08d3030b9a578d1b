// @ts-check
// What a network does with its data at an iteration, in pictures: the decision boundary, or the dev examples on two
// principal axes; the confusion matrix; what units see; the weights of pixels; the examples that it is most wrong about.

import { clipOf, colorOf, shapeOf } from "./class_marks.js";
import { confusionView } from "./confusion.js";
import { element, write } from "./element.js";
import { palette, ramp } from "./palette.js";
import { drawPlane, marksRepeat, namedBySigns, namesOf } from "./pictures.js";
import { capital, percent, whole } from "./text.js";
import { UnitMaps } from "./unit_maps.js";
import { howShown, worstView } from "./worst.js";

/** @typedef {import("./pictures.js").Points} Points */
/** @typedef {import("./pictures.js").Boundary} Boundary */
/** @typedef {import("./pictures.js").Maps} Maps */

/**
 * @typedef {object} Pictures see pictures.py; what cannot be drawn is not there
 * @property {number[]} layers units of each layer, the classes last
 * @property {Record<string, string>} why something is not there, by its name
 * @property {Points & Boundary & { features: string[] }} [plane]
 * @property {Points & { shares: number[], fitted: number | null }} [axes]
 * @property {Maps & { layer: number, output: boolean }} [units]
 * @property {Maps} [weights]
 * @property {import("./worst.js").Wrong[]} worst
 * @property {number} inputs columns that an example has
 * @property {boolean} dev_shifted whether the inputs of the dev set are shifted
 * @property {string} shifted what has become of the inputs, be it those of the training set alone; "" where nothing has
 */

/** @typedef {Pictures & import("./confusion.js").Confusion} Answer */

const MOST_NAMED = 12; // classes in the key of colours

export class Portrait {
  /** @type {Answer | null} */
  #drawn = null;
  layer = 1; // whose units are drawn
  unit = 0; // which is among them, where there are very many
  #all = element("p", { class: "panda-small", hidden: true });
  #plane = element("canvas", { class: "panda-plane", role: "img" });
  #key = element("ul", { class: "panda-key" });
  #ground = slot("Decision boundary", this.#plane, this.#key);
  #matrix = element("div", { class: "panda-scroll", tabindex: 0, role: "group", "aria-label": "Confusion matrix" });
  #confusion = slot("Dev examples: class (row), what it was taken for, and recall", this.#matrix);
  #layers = element("select", { "aria-label": "Layer" });
  #layersKey = "";
  #unitMaps = new UnitMaps((unit) => this.#turnTo(unit));
  #units = slot("What each unit sees of the plane", this.#layers, this.#unitMaps.node);
  #weightMaps = new UnitMaps((unit) => this.#turnTo(unit));
  #weights = slot("First-layer weights", this.#weightMaps.node);
  #cards = element("ol", { class: "panda-worst" });
  #worst = slot("Dev examples of the highest loss: class → what it was taken for, softmax beside hardmax", this.#cards);
  #slots = [this.#ground, this.#confusion, this.#units, this.#weights, this.#worst];
  node;

  #chosen;

  /**
   * @param {() => void} chosen another layer was chosen, or others of its units
   * @param {...HTMLElement} more figures beside those of this module
   */
  constructor(chosen, ...more) {
    this.#chosen = chosen;
    this.#layers.addEventListener("change", () => {
      this.layer = Number(this.#layers.value);
      this.#turnTo(0);
    });
    this.#worst.node.classList.add("panda-wide");
    const figures = this.#slots.map(({ node }) => node);
    const worst = /** @type {HTMLElement} */ (figures.pop());
    this.node = element("div", { class: "panda-portrait" }, this.#all, ...figures, ...more, worst);
  }

  /** Which units are to be drawn, as one text. */
  get units() {
    return `${this.layer} ${this.unit}`;
  }

  /** @param {number} unit */
  #turnTo(unit) {
    this.unit = unit;
    this.#chosen();
  }

  /** @param {Answer} answer */
  draw(answer) {
    this.#drawn = answer;
    const { why } = answer;
    this.#all.hidden = !why.all;
    for (const { node } of this.#slots) node.hidden = Boolean(why.all);
    write(this.#all, why.all ? sentence(why.all) : "");
    if (why.all) return;
    this.#drawGround(answer);
    this.#drawUnits(answer);
    this.#drawWeights(answer);
    this.#matrix.replaceChildren(...confusionView(answer));
    this.#confusion.say(this.#howMany(answer));
    this.#cards.replaceChildren(...worstView(answer.worst, answer.classes));
    this.#worst.say(howShown(answer));
  }

  /** The theme may be another one. */
  recolour() {
    if (this.#drawn) this.draw(this.#drawn);
  }

  /** @param {Answer} answer */
  #howMany({ examples, looked_at, classes, confusion, mistakes }) {
    const some =
      looked_at < examples ? `${whole(looked_at)} of the ${whole(examples)} dev examples, evenly spread. ` : "";
    if (confusion) return some;
    const told = mistakes.length ? ": those that are confused most are told" : "";
    return `${some}There are ${whole(classes.length)} classes${told}.`;
  }

  /** @param {Answer} answer */
  #drawGround({ plane, axes, why, classes }) {
    write(this.#ground.caption, plane ? "Decision boundary" : "Dev examples on the two principal axes of the inputs");
    const drawn = plane ?? axes;
    if (!drawn) {
      this.#ground.say(sentence(why.axes ?? why.plane), true);
      return;
    }
    drawPlane(this.#plane, drawn, classes);
    const what = plane ? "what the network takes every point of the plane for" : "dev examples on two principal axes";
    this.#plane.setAttribute("aria-label", `${what}: ${namesOf(classes)}`);
    const marks = "Marks are dev examples, in the colour of their class; × is taken for another one.";
    this.#ground.say(axes ? `${marks} ${variance(axes)}` : marks);
    this.#key.hidden = namedBySigns(classes);
    const { dark } = ramp(palette(this.#plane).background);
    const names = classes.slice(0, MOST_NAMED);
    const key = names.map((name, k) => {
      const chip = element("span", { class: "panda-chip" });
      Object.assign(chip.style, { background: colorOf(k, dark), clipPath: clipOf(shapeOf(k)) });
      return element("li", { title: name }, chip, name);
    });
    if (classes.length > names.length) key.push(element("li", {}, `and ${whole(classes.length - names.length)} more`));
    if (marksRepeat(classes.length)) key.push(element("li", {}, "(marks repeat)"));
    const told = key.map((item) => item.textContent).join("") + String(dark);
    if (this.#key.dataset.told !== told) this.#key.replaceChildren(...key);
    this.#key.dataset.told = told;
  }

  /** @param {Answer} answer */
  #drawUnits({ units, why, layers }) {
    if (!units) {
      this.#units.say(sentence(why.units), true);
      return;
    }
    const key = layers.join();
    if (key !== this.#layersKey) {
      this.#layersKey = key;
      const names = layers.map((n, i) =>
        i < layers.length - 1 ? `layer ${i + 1}: ${count(n, "unit")}` : `output: ${count(n, "class")}`,
      );
      this.#layers.replaceChildren(...names.map((name, i) => element("option", { value: i + 1 }, name)));
    }
    // not the layer that is drawn: a person may have chosen another one since it was asked for
    this.layer = Math.min(this.layer, layers.length);
    if (this.#layers.value !== String(this.layer)) this.#layers.value = String(this.layer);
    const dead = units.largest.filter((size) => size === 0).length;
    const what = units.output
      ? `Probability of each class, from 0 to ${layers.length > 1 ? "its largest" : "its largest: there is no hidden layer, so boundaries are straight"}.`
      : `Activation over the plane: blue above 0, orange below${dead ? `; ${count(dead, "unit")} 0 everywhere` : ""}.`;
    this.#units.say(what);
    const said = `what each unit of layer ${units.layer} sees of the plane`;
    this.#unitMaps.draw(units, true, units.output ? ["class", "classes"] : ["unit", "units"], said);
  }

  /** @param {Answer} answer */
  #drawWeights({ weights, why }) {
    if (!weights) {
      this.#weights.say(sentence(why.weights), true);
      return;
    }
    const every = weights.every > 1 ? ` Of ${weights.every} pixels in a row one is drawn.` : "";
    this.#weights.say(`Weights of the pixels: blue above 0, orange below.${every}`);
    this.#weightMaps.draw(weights, false, ["unit", "units"], "first-layer weights of each unit, as an image");
  }
}

/**
 * A figure: what it shows, what there is to know of it, and the picture.
 * @param {string} title
 * @param {...HTMLElement} content
 */
function slot(title, ...content) {
  const caption = element("figcaption", {}, title);
  const note = element("p", { class: "panda-small panda-note-of" }); // with room for another line
  const node = element("figure", {}, caption, note, ...content);
  return {
    caption,
    node,
    /**
     * @param {string} text
     * @param {boolean} [instead] of the picture
     */
    say(text, instead = false) {
      write(note, text.trim());
      note.hidden = !text.trim();
      node.classList.toggle("panda-why", instead);
      for (const part of content) part.hidden = instead;
    },
  };
}

/** @param {{ shares: number[], fitted: number | null }} axes */
function variance({ shares, fitted }) {
  const of = fitted ? `${whole(fitted)} of the training inputs` : "the training inputs";
  return `The axes hold ${shares.map(percent).join(" and ")} of the variance of ${of} (PCA).`;
}

/**
 * @param {number} n
 * @param {"unit" | "class"} noun
 */
const count = (n, noun) => `${whole(n)} ${noun}${n === 1 ? "" : noun === "class" ? "es" : "s"}`;

/** @param {string} why */
const sentence = (why) => `${capital(why)}.`;
