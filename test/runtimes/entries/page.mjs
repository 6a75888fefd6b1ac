/** A page that runs tasks for whoever drives the browser: on its own thread or in a worker. */
import { runTask } from './run.mjs';

const PLACES = {
  page: runTask,
  worker: (task, input) =>
    new Promise((resolve) => {
      const worker = new Worker(new URL('./worker.mjs', import.meta.url), { type: 'module' });
      const finish = (answer) => {
        worker.terminate();
        resolve(answer);
      };
      worker.onmessage = ({ data }) => finish(data);
      worker.onerror = ({ message }) => finish({ failed: `the worker: ${message}` });
      worker.postMessage([task, input]);
    }),
};

/** @param order JSON of [place, task, input] @returns JSON of `{ answer }` or `{ failed }` */
globalThis.runOrder = async (order) => {
  const [place, task, input] = JSON.parse(order);
  return JSON.stringify(await PLACES[place](task, input));
};
document.documentElement.dataset.ready = 'yes';
