/** Memory of the engine for a kernel, filled with small numbers that repeat. */
export function floats(engine, count) {
  const pointer = engine.arena.allocate(count * 4 + 64, 'benchmark');
  const view = engine.f32;
  for (let i = 0; i < count; i++) view[(pointer >>> 2) + i] = ((i * 7919) % 2001) / 1000 - 1;
  return pointer;
}

export function integers(engine, values) {
  const pointer = engine.arena.allocate(values.length * 4 + 64, 'benchmark');
  engine.i32.set(values, pointer >>> 2);
  return pointer;
}
