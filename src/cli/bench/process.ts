/** The benchmark's end of a peer's process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { WORKER_URL } from './location.js';
import { Unavailable } from './peers/peer.js';
import type { Answers, Reply, Request } from './protocol.js';

/** A program, and where it runs. */
export interface Program {
  command: string;
  args: readonly string[];
  folder: string;
}

/** The program of a JavaScript peer: packages are looked up from `folder`. */
export function nodeProgram(folder: string): Program {
  // Text from the command line is resolved from the working folder, where the peers are installed.
  const script = `import { serve } from ${JSON.stringify(WORKER_URL.href)}; await serve((name) => import(name));`;
  return { command: process.execPath, args: ['--input-type=module', '--eval', script], folder };
}

const LAST_WORDS = 2000;

export class PeerProcess {
  readonly #child: ChildProcess;
  #waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | null = null;
  #errors = '';
  #ended: Error | null = null;

  constructor({ command, args, folder }: Program) {
    this.#child = spawn(command, [...args], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.on('error', (error) => this.#end(error.message));
    this.#child.on('exit', (code, signal) => this.#end(signal === null ? `exit code ${code}` : `signal ${signal}`));
    this.#child.stdin?.on('error', () => {});
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#errors = (this.#errors + text.toString()).slice(-LAST_WORDS);
    });
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => this.#receive(line));
  }

  /**
   * Sends a request and waits for its answer.
   * @throws Unavailable when the peer says that it can't run here; Error when it fails, ends or takes too long
   */
  async ask<R extends Request>(request: R, timeoutSeconds: number): Promise<Answers[R['op']]> {
    if (this.#ended !== null) throw this.#ended;
    const timer = setTimeout(() => {
      this.#end(`no answer within ${timeoutSeconds} s`);
      this.kill();
    }, timeoutSeconds * 1000);
    try {
      const reply = await new Promise<Reply<R['op']>>((resolve, reject) => {
        this.#waiting = { resolve: resolve as (reply: Reply) => void, reject };
        this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
      });
      if (reply.ok) return reply.value;
      throw reply.unavailable ? new Unavailable(reply.message) : new Error(reply.message);
    } finally {
      clearTimeout(timer);
      this.#waiting = null;
    }
  }

  /** Ends the process at once. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #receive(line: string): void {
    // What native code prints is no answer.
    if (!line.startsWith('{"ok":')) return;
    this.#waiting?.resolve(JSON.parse(line) as Reply);
  }

  #end(reason: string): void {
    const words = this.#errors.trim().split('\n').at(-1) ?? '';
    this.#ended ??= new Error(`the process ended: ${reason}${words === '' ? '' : `; its last words: ${words}`}`);
    this.#waiting?.reject(this.#ended);
  }
}
