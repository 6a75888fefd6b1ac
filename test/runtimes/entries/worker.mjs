/** A worker of the page for one task. */
import { runTask } from './run.mjs';

onmessage = async ({ data: [task, input] }) => postMessage(await runTask(task, input));
