/**
 * What people see: results on standard output, progress on standard error — a bar with the time left on a terminal, plain lines
 * elsewhere, nothing with --json.
 */
import { SingleBar } from 'cli-progress';
import pc from 'picocolors';
import { duration, whole } from '../report/format.js';

/** How a command talks. */
export interface Output {
  /** Whether only JSON may be written to standard output. */
  json: boolean;
}

/** A line for people; silent with --json. */
export function say(output: Output, text = ''): void {
  if (!output.json) process.stdout.write(`${text}\n`);
}

/** The result for programs; silent without --json. */
export function answer(output: Output, result: unknown): void {
  if (output.json) process.stdout.write(`${JSON.stringify(result)}\n`);
}

export function title(text: string): string {
  return pc.bold(text);
}

export function faint(text: string): string {
  return pc.dim(text);
}

export function good(text: string): string {
  return pc.green(text);
}

export function bad(text: string): string {
  return pc.red(text);
}

/** Columns of the terminal, or of a page where there is none. */
export function columns(): number {
  return process.stdout.columns ?? 100;
}

/** Milliseconds between two plain lines. */
const LINE_EVERY = 5000;

/** How far a long job is. */
export class Progress {
  readonly #bar: SingleBar | null = null;
  readonly #silent: boolean;
  readonly #name: string;
  readonly #total: number;
  readonly #start = performance.now();
  readonly #from: number;
  #lastLine = performance.now();

  /**
   * @param name of the job, such as `training`
   * @param from what was done before, of `total`
   */
  constructor(output: Output, name: string, total: number, from = 0) {
    this.#silent = output.json;
    this.#name = name;
    this.#total = total;
    this.#from = from;
    if (output.json || !process.stderr.isTTY) return;
    this.#bar = new SingleBar({
      format: `${name} ${pc.cyan('{bar}')} {percentage} %  {note}  {left}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: Math.max(8, Math.min(30, columns() - 70)),
      hideCursor: true,
      fps: 10,
      stream: process.stderr,
      gracefulExit: false,
    });
    this.#bar.start(total, from, { note: '', left: '' });
  }

  /** @param note figures of the moment, such as a loss */
  update(done: number, note: string): void {
    const now = performance.now();
    const own = done - this.#from;
    const left = own > 0 ? ((now - this.#start) / own) * (this.#total - done) : 0;
    const time = own > 0 && done < this.#total ? `${duration(left / 1000)} left` : '';
    if (this.#bar !== null) {
      this.#bar.update(done, { note, left: time });
    } else if (!this.#silent && (now - this.#lastLine > LINE_EVERY || done === this.#total)) {
      this.#lastLine = now;
      const parts = [`${this.#name}: ${whole(done)} of ${whole(this.#total)}`, note, time];
      process.stderr.write(`${parts.filter((part) => part !== '').join('  ')}\n`);
    }
  }

  stop(): void {
    this.#bar?.stop();
  }
}
