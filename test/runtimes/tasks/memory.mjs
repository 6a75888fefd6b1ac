/** How much memory an engine takes: what it may by default, what it says beyond that, and more on request. */
import { init } from 'adnce';

const MIB = 2 ** 20;

/** Takes pieces of memory until there is no more, or `limit` bytes. */
function fill(engine, limit) {
  const held = [];
  try {
    for (let taken = 0; taken < limit; taken += 16 * MIB) held.push(engine.arena.allocate(16 * MIB, 'piece'));
    return { mebibytes: held.length * 16, code: null };
  } catch (error) {
    return { mebibytes: held.length * 16, code: error.code ?? String(error), hint: error.hint };
  } finally {
    for (const piece of held) engine.arena.free(piece);
  }
}

export default async function memory({ threads }) {
  const usual = await init({ threads });
  const start = usual.arena.memory.buffer.byteLength / MIB;
  const full = fill(usual, 512 * MIB);
  const again = fill(usual, 64 * MIB);
  const asked = await init({ threads, maximumMemory: 400 * MIB });
  return {
    start,
    full,
    again,
    asked: fill(asked, 384 * MIB),
    shared: !(asked.arena.memory.buffer instanceof ArrayBuffer),
  };
}
