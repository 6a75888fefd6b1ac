import { floats, integers } from './memory.mjs';

/** The embedding bag's forward: 1,024 texts of 16 features from a table of 60,000 × 128. */
export function bagKernel(engine) {
  const [rows, d, texts, features] = [60_000, 128, 1024, 16];
  const count = texts * features;
  const table = floats(engine, rows * d);
  const ids = integers(
    engine,
    Int32Array.from({ length: count }, (_, i) => (i * 7919) % rows),
  );
  const offsets = integers(
    engine,
    Int32Array.from({ length: texts + 1 }, (_, i) => i * features),
  );
  const [factors, out] = [floats(engine, texts), floats(engine, texts * d)];
  return {
    name: 'bag of 1,024 × 16',
    run: () => engine.core.bagForward(table, d, 0, ids, offsets, texts, 1, factors, out),
    work: count * d * 4,
    unit: 'GB/s',
  };
}
