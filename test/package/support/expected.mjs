/** What the fixtures' program gives in Node, on the installed package: every bundle must give the same bits. */
import { program } from '../build/app/program.js';

let known;

/** @returns the loss that Node has, and how many features */
export async function expected() {
  known ??= program({ threads: 1 });
  const { loss, features } = await known;
  return { loss, features, shared: true };
}
