/** `adnce doctor`: what this runtime offers, which build is used, and whether the core computes right here. */
import { availableParallelism } from 'node:os';
import { engine as current, hasSimd, init } from '../../engine/index.js';
import { fixed } from '../../report/format.js';
import { textTable } from '../../report/terminal.js';
import { VERSION } from '../../version.js';
import { environmentOf, runtimeName } from '../session/environment.js';
import { answer, bad, columns, good, type Output, say } from '../terminal.js';

interface Finding {
  what: string;
  found: string;
  fine: boolean;
}

/** @throws E_RUNTIME, E_IO when the core can't run here at all */
export async function doctor(output: Output): Promise<void> {
  const start = performance.now();
  const engine = await init();
  const startup = performance.now() - start;
  const findings: Finding[] = [
    { what: 'adnce', found: VERSION, fine: true },
    { what: 'runtime', found: `${runtimeName()} on ${process.platform} ${process.arch}`, fine: true },
    {
      what: 'processor',
      found: `${environmentOf(engine).cpu ?? 'unknown'}, ${availableParallelism()} cores`,
      fine: true,
    },
    { what: 'WebAssembly SIMD', found: hasSimd() ? 'yes' : 'no', fine: hasSimd() },
    { what: 'shared memory', found: typeof SharedArrayBuffer === 'function' ? 'yes' : 'no', fine: true },
    {
      what: 'word segmenter',
      found: typeof Intl.Segmenter === 'function' ? 'yes' : 'no: regular expressions',
      fine: true,
    },
    { what: 'core build in use', found: engine.build, fine: true },
    { what: 'core started in', found: `${fixed(startup, 1)} ms`, fine: true },
    { what: 'matrix product', found: `${fixed(gigaflops(), 1)} GFLOP/s on one thread`, fine: true },
    correctness(),
  ];
  const rows = findings.map(({ what, found, fine }) => ({ ok: fine ? good('✓') : bad('✗'), what, found }));
  say(output, textTable(rows, [{ key: 'ok', title: ' ' }, 'what', 'found'], { width: columns() }));
  answer(output, { findings, environment: environmentOf(engine) });
  if (findings.some(({ fine }) => !fine)) process.exitCode = 1;
}

/** Rate of a product that fits the caches, best of a few. */
function gigaflops(): number {
  const n = 240;
  const owner = current();
  let best = Number.POSITIVE_INFINITY;
  owner.step(() => {
    const { core } = owner;
    const [a, b, c] = [0, 1, 2].map((k) => owner.stackZeros(n * n, `matrix ${k}`)) as [number, number, number];
    const work = owner.arena.stack(core.gemmWorkBytes(n, n, n), 'work');
    for (let turn = 0; turn < 40; turn++) {
      const start = performance.now();
      core.gemm(0, 0, n, n, n, a, n, b, n, c, n, 0, work);
      best = Math.min(best, performance.now() - start);
    }
  });
  return (2 * n ** 3) / (best * 1e6);
}

/** exp of the core against the runtime's, on a grid. */
function correctness(): Finding {
  const owner = current();
  const count = 4096;
  const worst = owner.step(() => {
    const x = owner.copyF32(
      Float32Array.from({ length: count }, (_, i) => -80 + (160 * i) / count),
      'grid',
    );
    const y = owner.stackF32(count, 'grid');
    owner.core.expArray(x, y, count);
    const { f32 } = owner;
    let most = 0;
    for (let i = 0; i < count; i++) {
      const exact = Math.exp(f32[(x >>> 2) + i] as number);
      most = Math.max(most, Math.abs((f32[(y >>> 2) + i] as number) - exact) / exact);
    }
    return most;
  });
  // One unit in the last place of a float32.
  const fine = worst < 2 ** -23;
  return { what: 'exp of the core', found: `off by at most ${worst.toExponential(1)}`, fine };
}
