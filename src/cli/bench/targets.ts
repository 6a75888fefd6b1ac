/** What this project has promised of its speed, memory and size, and whether a run of the benchmark keeps it. */
import type { Measurement } from './measurement.js';
import { type CaseName, usefulFlops } from './problem.js';

/** All that targets look at; what a run did not measure is left out. */
export interface Results {
  measurements?: readonly Measurement[];
  /** Milliseconds from process start to the first loss, beyond an empty process; and of starting the core alone. */
  startup?: { firstLoss: number; core: number };
  /** Bytes, compressed: every core build by its name, and the library's JavaScript. */
  sizes?: { cores: Readonly<Record<string, number>>; library: number };
  /** Memory that losses take at growing sizes. */
  memory?: readonly { n: number; d: number; extraBytes: number }[];
}

/** One line of the verdict. */
export interface Verdict {
  name: string;
  /** Null when the run did not measure it. */
  value: number | null;
  target: number;
  /** Whether more is better. */
  direction: 'at least' | 'at most';
  unit: string;
  met: boolean | null;
}

interface Target extends Omit<Verdict, 'value' | 'met'> {
  value: (results: Results) => number | null;
}

const atLeast = (name: string, target: number, unit: string, value: Target['value']): Target => ({
  name,
  target,
  unit,
  direction: 'at least',
  value,
});

const atMost = (...of: Parameters<typeof atLeast>): Target => ({ ...atLeast(...of), direction: 'at most' });

function row(results: Results, name: CaseName, n: number, peer: string): Measurement | undefined {
  return results.measurements?.find(
    ({ problem, peer: other, status }) =>
      problem.case === name && problem.n === n && problem.d === 128 && other === peer && status === 'ok',
  );
}

/** How many times faster than a peer ours is, on one thread or on all. */
function faster(name: CaseName, n: number, peer: string, ours = 'adnce'): Target['value'] {
  return (results) => row(results, name, n, peer)?.ratios[ours]?.median ?? null;
}

/** How many times faster all threads are than one. */
function speedup(name: CaseName, n: number): Target['value'] {
  return (results) => {
    const ratio = row(results, name, n, 'adnce-threads')?.ratios.adnce?.median;
    return ratio === undefined ? null : 1 / ratio;
  };
}

/** Useful flops a second over those of the bare tile beside it. */
function overTile(name: CaseName, n: number): Target['value'] {
  return (results) => {
    const tile = row(results, name, n, 'tile');
    const ratio = tile?.ratios.adnce?.median;
    if (tile === undefined || ratio === undefined || tile.flops === null) return null;
    return ((usefulFlops(tile.problem) as number) / tile.flops) * ratio;
  };
}

const pairsPerSecond: Target['value'] = (results) => {
  const own = row(results, 'bag', 1024, 'adnce');
  return own?.time == null ? null : (1000 * own.problem.n) / own.time.median;
};

/** Views of the largest batch promised. */
const LARGEST = 2 * 65_536;

/** Bytes beyond 4·n·d floats at 65,536 pairs. */
const memoryBeyond: Target['value'] = ({ memory }) => {
  const point = memory?.find(({ n }) => 2 * n === LARGEST);
  return point === undefined ? null : (point.extraBytes - 4 * LARGEST * point.d * 4) / 1e6;
};

const kilobytes = (bytes: number | undefined) => (bytes === undefined ? null : bytes / 1000);

const SYMMETRIC = ['adnce', 'nt-xent'] as const;
const sized = (name: string, n: number) => `${name}, ${n.toLocaleString('en-US')} pairs`;

const TARGETS: readonly Target[] = [
  ...SYMMETRIC.flatMap((name) => [
    atLeast(`${sized(name, 1024)}: over tfjs cpu`, 100, '×', faster(name, 1024, 'tfjs-cpu')),
    atLeast(
      `${sized(name, 1024)}: over tfjs cpu, all threads`,
      180,
      '×',
      faster(name, 1024, 'tfjs-cpu', 'adnce-threads'),
    ),
    atLeast(`${sized(name, 1024)}: over tfjs wasm`, 35, '×', faster(name, 1024, 'tfjs-wasm')),
    atLeast(`${sized(name, 1024)}: over jax-js`, name === 'adnce' ? 3.5 : 3, '×', faster(name, 1024, 'jax-js')),
  ]),
  atLeast(`${sized('nt-xent', 1024)}: over onnxruntime-web`, 2.5, '×', faster('nt-xent', 1024, 'ort-web')),
  atLeast(`${sized('nt-xent', 1024)}: over onnxruntime-node`, 0.45, '×', faster('nt-xent', 1024, 'ort-node')),
  ...(
    [
      [1024, 1.2],
      [2048, 2.5],
      [4096, 3],
    ] as const
  ).map(([n, target]) => atLeast(`${sized('adnce', n)}: over PyTorch`, target, '×', faster('adnce', n, 'pytorch'))),
  ...(
    [
      [1024, 1.1],
      [2048, 2],
      [4096, 2.5],
    ] as const
  ).map(([n, target]) => atLeast(`${sized('nt-xent', n)}: over PyTorch`, target, '×', faster('nt-xent', n, 'pytorch'))),
  atLeast(`${sized('cross', 1024)}: over PyTorch`, 0.65, '×', faster('cross', 1024, 'pytorch')),
  atLeast(`${sized('cross', 1024)}: over onnxruntime-web`, 1.7, '×', faster('cross', 1024, 'ort-web')),
  atLeast(`${sized('cross', 1024)}: over jax-js`, 2, '×', faster('cross', 1024, 'jax-js')),
  atLeast(`${sized('cross', 4096)}: useful rate over the bare tile`, 0.75, '×', overTile('cross', 4096)),
  ...SYMMETRIC.map((name) =>
    atLeast(`${sized(name, 4096)}: useful rate over the bare tile`, 1, '×', overTile(name, 4096)),
  ),
  ...(['cross', 'nt-xent', 'adnce'] as const).flatMap((name) =>
    [1024, 2048, 4096].map((n) => atLeast(`${sized(name, n)}: all threads over one`, 1.85, '×', speedup(name, n))),
  ),
  atLeast('training step with a bag: all threads over one', 1.85, '×', speedup('bag', 1024)),
  atLeast('MLP step: over tfjs cpu', 55, '×', faster('mlp', 512, 'tfjs-cpu')),
  atLeast('MLP step: over tfjs wasm', 18, '×', faster('mlp', 512, 'tfjs-wasm')),
  atLeast('MLP step: over PyTorch', 0.55, '×', faster('mlp', 512, 'pytorch')),
  atLeast('MLP step: all threads over one', 1.8, '×', speedup('mlp', 512)),
  atLeast('training step with a bag, batch 1,024', 20_000, 'pairs/s', pairsPerSecond),
  atMost('memory at 65,536 pairs beyond 4·n·d floats', 8, 'MB', memoryBeyond),
  atMost('first loss at 256 pairs, beyond an empty process', 30, 'ms', ({ startup }) => startup?.firstLoss ?? null),
  atMost('starting the core', 5, 'ms', ({ startup }) => startup?.core ?? null),
  atMost('library, minified and gzipped', 40, 'kB', ({ sizes }) => kilobytes(sizes?.library)),
];

/** All targets against the results of a run. */
export function judge(results: Results): Verdict[] {
  const cores = Object.keys(results.sizes?.cores ?? {}).map((name) =>
    atMost(`core ${name}, gzipped`, 40, 'kB', ({ sizes }) => kilobytes(sizes?.cores[name])),
  );
  return [...TARGETS, ...cores].map(({ value, ...target }) => {
    const got = value(results);
    const met = target.direction === 'at least' ? (got ?? 0) >= target.target : (got ?? 0) <= target.target;
    return { ...target, value: got, met: got === null ? null : met };
  });
}
