// @ts-check
// What the page of a recorded run asks the server, and how.

/** @typedef {Exclude<import("./protocol.js").Playback, import("./protocol.js").Progress>} Question */
/** @typedef {"token" | "session" | "stamp" | "run"} Known what every question about a run has in it */
/** @typedef {Question extends infer Q ? (Q extends Question ? Omit<Q, Known> : never) : never} Asked */
/** @typedef {{ [name in Known]: string }} About */

const LOST = "The connection to Panda is lost. Start Panda again, then reload this page.";

export class Questions {
  #about;
  #asking = new AbortController();

  /** @param {() => About} about what every question has in it by now */
  constructor(about) {
    this.#about = about;
  }

  /** No answer is waited for any more. */
  abort() {
    this.#asking.abort();
  }

  /** @param {Asked} question */
  async ask(question) {
    const { token, session, stamp, run } = this.#about();
    const body = JSON.stringify({ token, session, stamp, run, ...question });
    let answer;
    try {
      answer = await fetch("/panda/playback", { method: "POST", body, signal: this.#asking.signal });
    } catch {
      throw new Error(LOST);
    }
    if (!answer.ok) throw new Error((await answer.text()).trim());
    return answer;
  }

  /** @param {Asked} question */
  async answer(question) {
    return (await this.ask(question)).json();
  }

  /**
   * Why it is not done; "" where it is.
   * @param {Asked} question
   * @returns {Promise<string>}
   */
  async refusal(question) {
    const { status, text } = await this.answer(question);
    return status === "refused" ? text : "";
  }
}
