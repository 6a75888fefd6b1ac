/** Where time went: every job of the core that ran while a profile was taken, as a table and as a trace for a viewer. */

/** A job that ran. */
interface Event {
  kernel: string;
  /** Milliseconds of performance.now(). */
  start: number;
  end: number;
  /** Units of work it ran over. */
  units: number;
}

/** One kernel's part of a profile. */
export interface ProfileRow {
  kernel: string;
  calls: number;
  /** Milliseconds of the first thread, waiting for the others included. */
  time: number;
  /** Part of the whole, 0 … 1. */
  share: number;
}

/** What stands in the table for all that is no job of the core. */
const REST = '(JavaScript and small kernels)';

/** Takes down jobs as they end. */
export class Recorder {
  readonly #events: Event[] = [];
  readonly #start = performance.now();

  add(kernel: string, start: number, units: number): void {
    this.#events.push({ kernel, start, end: performance.now(), units });
  }

  finish(build: string, threads: number): Profile {
    return new Profile(this.#events, this.#start, performance.now(), build, threads);
  }
}

export class Profile {
  /** Milliseconds from beginning to end. */
  readonly time: number;
  readonly build: string;
  readonly threads: number;
  readonly #events: readonly Event[];
  readonly #start: number;

  constructor(events: readonly Event[], start: number, end: number, build: string, threads: number) {
    this.#events = events;
    this.#start = start;
    this.time = end - start;
    this.build = build;
    this.threads = threads;
  }

  /** Kernels by the time they took, the most expensive first, and the rest last. */
  rows(): ProfileRow[] {
    const byKernel = new Map<string, { calls: number; time: number }>();
    for (const { kernel, start, end } of this.#events) {
      const sum = byKernel.get(kernel) ?? { calls: 0, time: 0 };
      byKernel.set(kernel, { calls: sum.calls + 1, time: sum.time + end - start });
    }
    const rows = [...byKernel].map(([kernel, sum]) => ({ kernel, ...sum, share: this.#share(sum.time) }));
    rows.sort((a, b) => b.time - a.time);
    const rest = this.time - rows.reduce((total, { time }) => total + time, 0);
    return [...rows, { kernel: REST, calls: 1, time: rest, share: this.#share(rest) }];
  }

  #share(time: number): number {
    return this.time === 0 ? 0 : time / this.time;
  }

  /** The rows as text, one a line. */
  table(): string {
    const cells = this.rows().map(({ kernel, calls, time, share }) => [
      kernel,
      kernel === REST ? '' : String(calls),
      time.toFixed(2),
      `${(share * 100).toFixed(1)} %`,
    ]);
    const lines = [['kernel', 'calls', 'ms', 'share'], ...cells];
    const widths = [0, 1, 2, 3].map((k) => Math.max(...lines.map((line) => (line[k] as string).length)));
    const text = lines.map((line) =>
      line
        .map((cell, k) => (k === 0 ? cell.padEnd(widths[k] as number) : cell.padStart(widths[k] as number)))
        .join('  '),
    );
    return `${this.time.toFixed(2)} ms, ${this.build}, threads: ${this.threads}\n${text.join('\n')}\n`;
  }

  /** The jobs as a trace in Chrome's format, to be stored as JSON and opened in chrome://tracing, Perfetto or Firefox's profiler. */
  trace(): { traceEvents: object[]; displayTimeUnit: 'ms' } {
    const common = { ph: 'X', cat: 'adnce', pid: 1, tid: 1 };
    const traceEvents = this.#events.map(({ kernel, start, end, units }) => ({
      ...common,
      name: kernel,
      ts: Math.round((start - this.#start) * 1000),
      dur: Math.round((end - start) * 1000),
      args: { units, threads: this.threads },
    }));
    const name = { ...common, ph: 'M', name: 'process_name', args: { name: `adnce ${this.build}` } };
    return { traceEvents: [name, ...traceEvents], displayTimeUnit: 'ms' };
  }
}
