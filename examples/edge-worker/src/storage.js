/** Bytes of any length in the storage of a Durable Object, whose values hold 2 MiB at most: pieces, written all or none. */
const PIECE = 2 ** 20;
const keyOf = (i) => `state.${i}`;

/** @param bytes at most 127 MiB, since one write takes 128 keys; the pieces of a longer state before would stay unread */
export async function writeState(storage, bytes) {
  const count = Math.ceil(bytes.length / PIECE);
  const pieces = Array.from({ length: count }, (_, i) => [keyOf(i), bytes.slice(i * PIECE, (i + 1) * PIECE)]);
  await storage.put(Object.fromEntries([['state', { count, length: bytes.length }], ...pieces]));
}

/** @returns what was written last, or null */
export async function readState(storage) {
  const head = await storage.get('state');
  if (head === undefined) return null;
  const pieces = await storage.get(Array.from({ length: head.count }, (_, i) => keyOf(i)));
  const bytes = new Uint8Array(head.length);
  for (let i = 0; i < head.count; i++) bytes.set(pieces.get(keyOf(i)), i * PIECE);
  return bytes;
}
