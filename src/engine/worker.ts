/**
 * The script of a thread of the pool. It starts an instance of the core on the shared memory, says so, and then sleeps inside the
 * core until there is a job; it comes back only to end.
 */
import type { Core } from './core.js';
import { kernelsOf, SharedJob, type ThreadOrders, type ThreadReport } from './job.js';
import { holdLifeline } from './lifeline.js';

function serve({ module, memory, team, job, index }: ThreadOrders, report: (message: ThreadReport) => void): void {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const core = exports as unknown as Core;
  const kernels = kernelsOf(core, module);
  const shared = new SharedJob(memory, job);
  core.enlist(team, index);
  report({ ready: true });
  for (let epoch = core.awaitJob(team, -1); epoch >= 0; epoch = core.awaitJob(team, epoch)) {
    try {
      if (core.joinJob(team)) shared.work(core, team, kernels);
    } catch (error) {
      core.failJob(team);
      report({ ready: false, reason: String(error) });
    } finally {
      core.leaveJob(team);
    }
  }
}

/** Waits for orders: Node, Bun and Deno through node:worker_threads, pages through the worker's own scope. */
async function start(): Promise<void> {
  const scope = globalThis as unknown as {
    postMessage?: (message: ThreadReport) => void;
    onmessage?: (event: { data: ThreadOrders }) => Promise<void>;
    name?: string;
    WorkerGlobalScope?: unknown;
    process?: unknown;
  };
  if (scope.WorkerGlobalScope !== undefined && scope.process === undefined) {
    scope.onmessage = async ({ data }) => {
      await holdLifeline(scope.name as string);
      serve(data, (message) => scope.postMessage?.(message));
    };
    return;
  }
  const { parentPort } = await import('node:worker_threads');
  parentPort?.once('message', (orders: ThreadOrders) => serve(orders, (message) => parentPort.postMessage(message)));
}

// Not awaited: a minifier that takes this file for a plain script knows no await out here.
void start();
