// @ts-check
// A question that is asked again and again while somebody looks: the next time when the answer before has come and a
// rest has passed, so that a slow browser or a busy server is asked less often.

export class Asking {
  #wanted;
  #ask;
  #busy = false;
  #due = 0; // when it may be asked again
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #gone = new AbortController();

  /**
   * @param {() => boolean} wanted whether somebody looks, and there may be an answer that is not here
   * @param {(signal: AbortSignal) => Promise<number>} ask asks once, takes what comes, and says how many milliseconds
   *   are to pass from the question to the next one
   */
  constructor(wanted, ask) {
    this.#wanted = wanted;
    this.#ask = ask;
  }

  get gone() {
    return this.#gone.signal.aborted;
  }

  /** There may be something to ask. */
  look() {
    if (this.#busy || this.#timer !== undefined || this.gone || !this.#wanted()) return;
    this.#timer = setTimeout(() => this.#once(), Math.max(0, this.#due - performance.now()));
  }

  /** A person asked for something else: not to be kept waiting. */
  now() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = 0;
    this.look();
  }

  destroy() {
    clearTimeout(this.#timer);
    this.#gone.abort();
  }

  async #once() {
    this.#timer = undefined;
    if (this.gone || !this.#wanted()) return;
    this.#busy = true;
    const began = performance.now();
    const rest = await this.#ask(this.#gone.signal);
    this.#busy = false;
    this.#due = began + rest;
    this.look();
  }
}

/**
 * What an answer of Panda says, as JSON; throws with the reason where there is none.
 * @param {string} address
 * @param {Record<string, string>} query
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
export async function answered(address, query, signal) {
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(`${address}?${new URLSearchParams(query)}`, { signal });
  } catch (error) {
    throw error instanceof TypeError ? new Error("no answer from Panda") : error;
  }
  if (!answer.ok) throw new Error((await answer.text()).trim());
  const told = await answer.json();
  if (told.refused) throw new Error(told.refused);
  return told;
}
