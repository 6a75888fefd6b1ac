/**
 * The runtimes and how to run a task in each of them. A task is a module of tasks/: its default export takes JSON and resolves to JSON.
 *
 *     { name, scenes: [{ name, threads, notice? }], hint, find(), open(scene) → { version, run(task, input), close() } }
 *
 * `scenes` are the ways a runtime can be met, `threads` what the library is asked for there (undefined: nothing) and `notice` what it then
 * has to say. `find()` is null where the runtime is not installed, and `hint` says how to install it.
 */
import { chromium } from './chromium.mjs';
import { edgeRuntime, workerd } from './edge.mjs';
import { firefox } from './firefox.mjs';
import { bun, deno, node } from './process.mjs';
import { webkit } from './webkit.mjs';

export const RUNTIMES = [
  node('20'),
  node('22'),
  node('24'),
  bun,
  deno,
  chromium,
  firefox,
  webkit,
  workerd,
  edgeRuntime,
];
