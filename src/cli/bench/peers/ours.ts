/** This library, with one thread or with all. */
import { type Engine, type EngineOptions, init } from '../../../engine/index.js';
import { AdnceError } from '../../../errors.js';
import { adnce, infoNCE, ntXent } from '../../../losses/index.js';
import { EmbeddingBag, Linear, ReLU, Sequential } from '../../../nn/index.js';
import { AdamW } from '../../../optim/index.js';
import { type SparseParameter, type Tensor, tensor } from '../../../tensor/index.js';
import { floats, type Inputs, integers } from '../inputs.js';
import { BAG, CASES, MLP, type Problem } from '../problem.js';
import { type Checked, type Peer, type Run, type Setup, Unavailable } from './peer.js';

export const ours: Peer = {
  name: 'adnce',
  title: 'adnce, 1 thread',
  packages: [],
  cases: CASES,
  setup: 'deterministic build, 1 thread',
  open: (setup) => openOurs(setup, 1),
};

export const oursThreads: Peer = {
  name: 'adnce-threads',
  title: 'adnce, all threads',
  packages: [],
  cases: CASES,
  setup: 'deterministic build, all threads',
  open: (setup) => openOurs(setup, 0),
};

/** Starts the engine with one thread or, for 0, as many as it takes by itself. */
async function start(threads: number): Promise<Engine> {
  const wanted = threads === 1 ? { threads: 1 } : {};
  const options = { maximumMemory: 2 ** 32 - 65536, ...wanted } as EngineOptions;
  let engine: Engine & { threads?: number };
  try {
    engine = await init(options);
  } catch (error) {
    // A build without threads has no such option, and always runs on one.
    if (!(error instanceof AdnceError && error.code === 'E_OPTION' && threads === 1)) throw error;
    engine = await init({ maximumMemory: 2 ** 32 - 65536 });
  }
  if (threads !== 1 && (engine.threads ?? 1) < 2) throw new Unavailable('this build or machine has one thread');
  return engine;
}

async function openOurs({ problem, inputs }: Setup, threads: number): Promise<Run> {
  const engine = await start(threads);
  if (problem.case === 'mlp') return openMlp(engine, problem, inputs);
  if (problem.case === 'bag') return openBag(engine, problem, inputs);
  const { n, d, temperature, mu, sigma } = problem;
  const views = ['a', 'b'].map((name) => tensor(floats(inputs, name), [n, d], { requiresGrad: true, name }));
  const [a, b] = views as [Tensor, Tensor];
  const lossOf = {
    cross: () => infoNCE(a, b, { temperature }),
    'nt-xent': () => ntXent(a, b, { temperature }),
    adnce: () => adnce(a, b, { temperature, mu, sigma, layout: 'image' }),
  }[problem.case];
  const before = engine.arena.usedBytes;
  const step = () => {
    for (const view of views) view.zeroGrad();
    return engine.step(() => {
      const loss = lossOf();
      loss.backward();
      return loss.item();
    });
  };
  return {
    step,
    check: () => ({ loss: step(), gradients: views.map((view) => (view.grad as Float32Array).slice()) }),
    extraBytes: () => engine.arena.peakBytes - before,
  };
}

function openMlp(engine: Engine, { n, d, temperature }: Problem, inputs: Inputs): Run {
  const views = ['x1', 'x2'].map((name) => tensor(floats(inputs, name), [n, MLP.inputs], { name }));
  const model = new Sequential(
    new Linear(MLP.inputs, MLP.hidden, { seed: 1 }),
    new ReLU(),
    new Linear(MLP.hidden, d, { seed: 2 }),
  );
  const parameters = model.namedParameters().map(([, parameter]) => parameter);
  for (const [i, name] of ['w1', 'b1', 'w2', 'b2'].entries()) parameters[i]?.data.set(floats(inputs, name));
  const optimizer = new AdamW(parameters, { lr: MLP.learningRate, weightDecay: 0 });
  const before = engine.arena.usedBytes;
  const run = (after: () => void): number => {
    optimizer.zeroGrad();
    return engine.step(() => {
      const [a, b] = views.map((view) => model.forward(view)) as [Tensor, Tensor];
      const loss = ntXent(a, b, { temperature });
      loss.backward();
      after();
      return loss.item();
    });
  };
  return {
    step: () => run(() => optimizer.step()),
    check: () => ({ loss: run(() => {}), gradients: parameters.map((p) => (p.grad as Float32Array).slice()) }),
    extraBytes: () => engine.arena.peakBytes - before,
  };
}

function openBag(engine: Engine, { d, temperature, mu, sigma }: Problem, inputs: Inputs): Run {
  const encoder = new EmbeddingBag(BAG.rows, d, { seed: 1 });
  encoder.weight.data.set(floats(inputs, 'table'));
  const bags = ['a', 'b'].map((name) => ({
    ids: integers(inputs, `${name}Ids`),
    offsets: integers(inputs, `${name}Offsets`),
  }));
  const optimizer = new AdamW([encoder.weight], { lr: BAG.learningRate, weightDecay: BAG.weightDecay });
  const before = engine.arena.usedBytes;
  const run = <T>(after: (loss: number, table: SparseParameter) => T): T => {
    optimizer.zeroGrad();
    return engine.step(() => {
      const [a, b] = bags.map((bag) => encoder.forward(bag)) as [Tensor, Tensor];
      const loss = adnce(a, b, { temperature, mu, sigma });
      loss.backward();
      return after(loss.item(), encoder.weight);
    });
  };
  return {
    step: () => run(() => optimizer.step()),
    check: () => run((loss, table): Checked => ({ loss, gradients: [table.denseGrad()] })),
    extraBytes: () => engine.arena.peakBytes - before,
  };
}
