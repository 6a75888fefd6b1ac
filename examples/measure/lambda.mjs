/** The handler in a fresh process; memory is that of the whole process, `empty` before it is loaded. */
import { readFile } from 'node:fs/promises';
import { laps, residentMemory } from './laps.mjs';

const event = JSON.parse(await readFile(new URL('../lambda/event.json', import.meta.url)));
const empty = await residentMemory();
let handler;
const open = async () => {
  ({ handler } = await import('../lambda/handler.js'));
};
const times = await laps(open, () => handler(event));
console.log(JSON.stringify({ ...times, memory: await residentMemory(), empty }));
