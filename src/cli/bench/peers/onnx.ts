/**
 * ONNX Runtime, in WebAssembly (SIMD) and as native code (whatever the processor has, AVX-512 among it). It has no gradients
 * of its own, so it is given a graph of the loss and its analytic gradient; all graph optimisations are on, one thread.
 */
import { floats } from '../inputs.js';
import { lossModel } from '../onnx-losses.js';
import { LOSS_CASES } from '../problem.js';
import type { Checked, Peer, Run, Setup } from './peer.js';

/** The parts of its API that are used here; both packages share it. */
interface Ort {
  env: { wasm: { numThreads?: number; proxy?: boolean } };
  Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => unknown;
  InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
}

interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<'loss' | 'da' | 'db', { data: Float32Array }>>;
}

function peer(flavour: 'web' | 'node', setup: string): Peer {
  return {
    name: `ort-${flavour}`,
    title: `onnxruntime-${flavour}`,
    packages: [`onnxruntime-${flavour}`],
    cases: LOSS_CASES,
    setup,
    open: (given) => open(flavour, given),
  };
}

export const ortWeb = peer('web', 'hand-written backward, wasm SIMD, 1 thread');
export const ortNode = peer('node', 'hand-written backward, native, 1 thread');

async function open(flavour: 'web' | 'node', { problem, inputs, load }: Setup): Promise<Run> {
  const loaded = (await load(`onnxruntime-${flavour}`)) as Ort & { default?: Ort };
  const ort = loaded.default ?? loaded;
  if (flavour === 'web') ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(lossModel(problem), {
    executionProviders: [flavour === 'web' ? 'wasm' : 'cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const tensorOf = (name: string) => new ort.Tensor('float32', floats(inputs, name), [problem.n, problem.d]);
  const feeds = { a: tensorOf('a'), b: tensorOf('b') };
  const check = async (): Promise<Checked> => {
    const { loss, da, db } = await session.run(feeds);
    return { loss: loss.data[0] as number, gradients: [da.data.slice(), db.data.slice()] };
  };
  return { check, step: () => session.run(feeds) };
}
