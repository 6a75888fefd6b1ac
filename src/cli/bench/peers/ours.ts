/** This library, with one thread or with all. */
import type { Engine } from '../../../engine/index.js';
import { adnce, infoNCE, ntXent } from '../../../losses/index.js';
import { EmbeddingBag, Linear, ReLU, Sequential } from '../../../nn/index.js';
import { AdamW } from '../../../optim/index.js';
import { type SparseParameter, type Tensor, tensor } from '../../../tensor/index.js';
import { floats, type Inputs, integers } from '../inputs.js';
import { BAG, CASES, MLP, type Problem } from '../problem.js';
import { type EngineWish, startEngine } from './engine.js';
import type { Checked, Peer, Run, Setup } from './peer.js';

export const ours: Peer = {
  name: 'adnce',
  title: 'adnce, 1 thread',
  packages: [],
  cases: CASES,
  setup: 'deterministic build, 1 thread',
  open: (setup) => openOurs(setup, { threads: setup.threads ?? 1 }),
};

export const oursThreads: Peer = {
  name: 'adnce-threads',
  title: 'adnce, all threads',
  packages: [],
  cases: CASES,
  setup: 'deterministic build, all threads',
  open: (setup) => openOurs(setup, { threads: setup.threads ?? 0 }),
};

export const oursFast: Peer = {
  name: 'adnce-fast',
  title: 'adnce, fast',
  packages: [],
  cases: CASES,
  setup: 'relaxed SIMD, 1 thread',
  open: (setup) => openOurs(setup, { threads: setup.threads ?? 1, fast: true }),
};

async function openOurs({ problem, inputs }: Setup, wish: EngineWish): Promise<Run> {
  const { engine, threads } = await startEngine(wish);
  const { case: name } = problem;
  const open = name === 'mlp' ? openMlp : name === 'bag' ? openBag : openLoss;
  const run = open(engine, problem, inputs);
  const kept = engine.arena.usedBytes;
  return { ...run, threads, extraBytes: () => engine.arena.peakBytes - kept };
}

function openLoss(engine: Engine, { case: name, n, d, temperature, mu, sigma }: Problem, inputs: Inputs): Run {
  const views = ['a', 'b'].map((view) => tensor(floats(inputs, view), [n, d], { requiresGrad: true, name: view }));
  const [a, b] = views as [Tensor, Tensor];
  const lossOf = (): Tensor => {
    if (name === 'cross') return infoNCE(a, b, { temperature });
    return name === 'nt-xent'
      ? ntXent(a, b, { temperature })
      : adnce(a, b, { temperature, mu, sigma, layout: 'image' });
  };
  const step = () => {
    for (const view of views) view.zeroGrad();
    return engine.step(() => {
      const loss = lossOf();
      loss.backward();
      return loss.item();
    });
  };
  return { step, check: () => ({ loss: step(), gradients: views.map((view) => (view.grad as Float32Array).slice()) }) };
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
  };
}
