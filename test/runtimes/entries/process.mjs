/** A task in Node, Bun or Deno: its name is the first argument, its input comes as JSON on standard input, its answer goes out as JSON. */
import { readFileSync } from 'node:fs';

const { default: task } = await import(new URL(`../tasks/${process.argv[2]}.mjs`, import.meta.url).href);
const answer = await task(JSON.parse(readFileSync(0, 'utf8')));
process.stdout.write(JSON.stringify(answer));
