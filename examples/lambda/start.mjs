/** `npm start`: calls the handler with event.json, as the platform would; twice, to see what the start costs. */
import { readFile } from 'node:fs/promises';

const event = JSON.parse(await readFile(new URL('event.json', import.meta.url)));
const times = [performance.now()];
const { handler } = await import('./handler.js');
times.push(performance.now());
const { statusCode, body } = await handler(event);
times.push(performance.now());
await handler(event);
times.push(performance.now());

const [start, first, second] = times.slice(1).map((time, i) => `${(time - times[i]).toFixed(1)} ms`);
console.log(statusCode, JSON.parse(body));
console.log(`start ${start}, first call ${first}, second call ${second}`);
