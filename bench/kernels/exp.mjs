import { floats } from './memory.mjs';

/** exp of 4,096 numbers in [−1, 1]: they stay in the first-level cache. */
export function expKernel(engine) {
  const count = 4096;
  const [x, out] = [floats(engine, count), floats(engine, count)];
  return {
    name: 'exp of 4,096',
    run: () => engine.core.expArray(x, out, count),
    work: count,
    unit: 'G/s',
  };
}
