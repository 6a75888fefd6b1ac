/** What an engine has to say once: that it runs on fewer threads, or slower, than asked for. */

const printed = new Set<string>();

export class Notices {
  #text: string | null = null;

  /** All notices, a line each, or null. */
  get text(): string | null {
    return this.#text;
  }

  /** Keeps a notice and prints it, once in a process. */
  say(text: string): void {
    this.#text = this.#text === null ? text : `${this.#text}\n${text}`;
    if (printed.has(text)) return;
    printed.add(text);
    console.warn(text);
  }
}
