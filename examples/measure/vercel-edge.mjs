/** The function in edge-runtime in a fresh process; `empty` is the process with a runtime that answers nothing but "ok". */
import { EdgeRuntime } from 'edge-runtime';
import { openFunction, prepareFunction } from '../vercel-edge/local.mjs';
import { laps, residentMemory } from './laps.mjs';

const NOTHING = "addEventListener('fetch', (event) => event.respondWith(new Response('ok')));";
const URL_ASKED = 'http://function.test/search?q=it+squeaks';

const prepared = await prepareFunction();
await new EdgeRuntime({ initialCode: NOTHING }).dispatchFetch(URL_ASKED);
const empty = await residentMemory();
let runtime;
const open = async () => {
  runtime = openFunction(prepared);
};
const times = await laps(open, async () => (await runtime.dispatchFetch(URL_ASKED)).text());
console.log(JSON.stringify({ ...times, memory: await residentMemory(), empty }));
