/** A worker of the page for one task. */
import { runTask } from './run.mjs';

self.addEventListener('message', async ({ data: [task, input] }) => self.postMessage(await runTask(task, input)));
