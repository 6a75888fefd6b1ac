/**
 * Estimators of mutual information on correlated Gaussians, where the truth is −(d/2)·log(1 − ρ²): the benchmark of Poole et al.
 * (2019) and Song and Ermon (2020). Trains a separable critic with each, raising the truth in stages, and writes
 * docs/maths/figures/mi-gaussian.svg and the table of docs/maths/mutual-information.md.
 *
 *     node scripts/figures/mi.mjs [--steps N]        N steps a stage, 1500 by default: about two minutes; the library must be built
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

const room = (name) => import(new URL(`../../build/ts/${name}/index.js`, import.meta.url));
const file = (path) => new URL(`../../${path}`, import.meta.url);

const SETTINGS = {
  dimensions: 20,
  batch: 64,
  truths: [2, 4, 6, 8, 10],
  steps: 1500,
  window: 400,
  learningRate: 1e-3,
  seed: 1,
};
const WIDTHS = [20, 128, 128, 32];

/** What trains the critic, and what is read off it. */
const ESTIMATORS = {
  InfoNCE: ({ mi }) => once(mi.infoNceBound),
  DV: ({ mi }) => once(mi.donskerVaradhan),
  NWJ: ({ mi }) => once(mi.nwj),
  'MINE, rate 0.01': ({ mi }) => moving(new mi.Mine({ rate: 0.01 })),
  'MINE, rate 0.1': ({ mi }) => moving(new mi.Mine({ rate: 0.1 })),
  'JS critic, DV value':
    ({ mi }) =>
    (scores) => [mi.jensenShannon(scores), mi.donskerVaradhan(scores)],
  'SMILE, c = 5': ({ mi }) => once((scores) => mi.smile(scores, { clip: 5 })),
  'SMILE, c = 1': ({ mi }) => once((scores) => mi.smile(scores, { clip: 1 })),
};

/** An estimator that trains on its own value: [objective, value]. */
function once(estimate) {
  return (scores) => {
    const value = estimate(scores);
    return [value, value];
  };
}

function moving(mine) {
  return once((scores) => mine.estimate(scores));
}

/** Pairs of correlation ρ in every dimension, new ones every step. */
class Gaussians {
  constructor({ nn, tensor }, { batch, dimensions, seed }) {
    const make = (name) => tensor.parameter([batch, dimensions], name);
    Object.assign(this, { nn, seed, x: make('x'), y: make('y') });
  }

  draw(step, rho) {
    this.nn.normal(this.x, { seed: this.seed, stream: 2 * step, std: 1 });
    this.nn.normal(this.y, { seed: this.seed, stream: 2 * step + 1, std: 1 });
    const { data: x } = this.x;
    const { data: y } = this.y;
    const noise = Math.sqrt(1 - rho * rho);
    for (let i = 0; i < x.length; i++) y[i] = rho * x[i] + noise * y[i];
  }
}

function encoder({ nn }, seed, stream) {
  const layers = [];
  for (let k = 1; k < WIDTHS.length; k++) {
    if (k > 1) layers.push(new nn.ReLU());
    layers.push(new nn.Linear(WIDTHS[k - 1], WIDTHS[k], { seed, stream: stream + k }));
  }
  return new nn.Sequential(...layers);
}

/** Estimates of every step of a run through all stages. */
function train(rooms, name, settings) {
  const { mi, optim, tensor, owner } = rooms;
  const estimate = ESTIMATORS[name](rooms);
  const [f, g] = [encoder(rooms, settings.seed, 100), encoder(rooms, settings.seed, 200)];
  const parameters = [...f.parameters(), ...g.parameters()];
  const optimizer = new optim.AdamW(parameters, { lr: settings.learningRate, weightDecay: 0 });
  const pairs = new Gaussians(rooms, settings);
  const values = [];
  for (const truth of settings.truths) {
    const rho = Math.sqrt(1 - Math.exp((-2 * truth) / settings.dimensions));
    for (let k = 0; k < settings.steps; k++) {
      pairs.draw(values.length, rho);
      values.push(
        owner.step(() => {
          const scores = mi.criticScores(f.forward(pairs.x), g.forward(pairs.y));
          const [objective, value] = estimate(scores);
          tensor.scale(objective, -1).backward();
          // Without this bound a single batch of NWJ or DV throws the critic away.
          optim.clipGradNorm(parameters, 10);
          optimizer.step();
          optimizer.zeroGrad();
          return value.item();
        }),
      );
    }
  }
  optimizer.free();
  for (const part of [f, g, pairs.x, pairs.y]) part.free();
  return values;
}

/** Mean and deviation of the last steps of each stage. */
function summarize(values, { truths, steps, window }) {
  const count = Math.min(window, steps);
  return truths.map((truth, stage) => {
    const last = values.slice((stage + 1) * steps - count, (stage + 1) * steps);
    const mean = last.reduce((sum, x) => sum + x, 0) / count;
    return { truth, mean, deviation: Math.sqrt(last.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count) };
  });
}

function draw(runs, { truths, steps, batch }) {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const every = Math.max(1, Math.floor(steps / 50));
  const rows = [];
  for (const [estimator, values] of runs) {
    for (let from = 0; from + every <= values.length; from += every) {
      const block = values.slice(from, from + every).sort((a, b) => a - b);
      const at = (q) => Math.min(18, Math.max(-3, block[Math.floor(q * (block.length - 1))]));
      rows.push({ estimator, step: from + every / 2, low: at(0.05), middle: at(0.5), high: at(0.95) });
    }
  }
  const stairs = truths.flatMap((truth, k) => [
    { step: k * steps, truth },
    { step: (k + 1) * steps, truth },
  ]);
  const all = [...runs.keys()];
  const repeated = (lines) => all.flatMap((estimator) => lines.map((line) => ({ ...line, estimator })));
  const ceiling = [0, truths.length * steps].map((step) => ({ step, value: Math.log(batch) }));
  const figure = Plot.plot({
    document,
    width: 880,
    height: 460,
    marginLeft: 40,
    style: { background: 'white', fontFamily: 'system-ui, sans-serif' },
    // Two rows of facets, by place.
    fx: { axis: null },
    fy: { axis: null },
    x: { label: 'steps', ticks: 4, tickFormat: 's' },
    y: { label: 'nats', domain: [-3, 18], grid: true, clamp: true },
    marks: [
      Plot.areaY(rows, place(all, { x: 'step', y1: 'low', y2: 'high', fill: '#4269d0', fillOpacity: 0.25 })),
      Plot.lineY(rows, place(all, { x: 'step', y: 'middle', stroke: '#4269d0' })),
      Plot.lineY(repeated(stairs), place(all, { x: 'step', y: 'truth', stroke: 'black' })),
      Plot.lineY(repeated(ceiling), place(all, { x: 'step', y: 'value', stroke: '#c0392b', strokeDasharray: '4 3' })),
      Plot.text(
        all.map((estimator) => ({ estimator })),
        place(all, { text: 'estimator', frameAnchor: 'top-left', dx: 6, dy: 6, fontWeight: 'bold' }),
      ),
    ],
  });
  for (const style of figure.querySelectorAll('style')) style.remove();
  const title = document.createElementNS('http://www.w3.org/2000/svg', 'title');
  title.textContent = 'Estimates of mutual information of correlated Gaussians in training, with the truth and log n';
  figure.prepend(title);
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${figure.outerHTML}\n`;
}

/** Facet options: four a row. */
function place(all, options) {
  return {
    ...options,
    fx: (row) => all.indexOf(row.estimator) % 4,
    fy: (row) => Math.floor(all.indexOf(row.estimator) / 4),
  };
}

function table(summaries, truths) {
  // An exploded critic has no mean worth printing.
  const cell = ({ mean, deviation }) =>
    Math.abs(mean) > 100 ? 'diverged' : `${mean.toFixed(2)} ± ${deviation.toFixed(2)}`;
  const cells = (list) => list.map(cell);
  const rows = [
    ['truth', ...truths.map((t) => `${t} nats`)],
    ...[...summaries].map(([name, list]) => [name, ...cells(list)]),
  ];
  const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)));
  const line = (row) => `| ${row.map((cell, k) => cell.padEnd(widths[k])).join(' | ')} |`;
  return [line(rows[0]), line(widths.map((width) => '-'.repeat(width))), ...rows.slice(1).map(line)].join('\n');
}

/** Puts text between the two marks of a document. */
async function replaceBetween(path, name, text) {
  const before = await readFile(file(path), 'utf8');
  const marks = new RegExp(`(<!-- ${name}: begin -->\n)[\\s\\S]*?(<!-- ${name}: end -->)`);
  if (!marks.test(before)) throw new Error(`${path} has no marks of "${name}"`);
  await writeFile(
    file(path),
    before.replace(marks, (_, begin, end) => `${begin}\n${text}\n\n${end}`),
  );
}

/** Trains, draws and writes. Returns mean and deviation of each estimator at each truth. */
export async function drawMutualInformation(changes = {}) {
  const settings = { ...SETTINGS, ...changes };
  const [engine, tensor, mi, nn, optim] = await Promise.all(['engine', 'tensor', 'mi', 'nn', 'optim'].map(room));
  const owner = await engine.init({ core: await readFile(file('dist/simd.wasm')) });
  const rooms = { owner, tensor, mi, nn, optim };
  const runs = new Map();
  const summaries = new Map();
  for (const name of Object.keys(ESTIMATORS)) {
    const start = performance.now();
    runs.set(name, train(rooms, name, settings));
    summaries.set(name, summarize(runs.get(name), settings));
    console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  await mkdir(file('docs/maths/figures'), { recursive: true });
  await writeFile(file('docs/maths/figures/mi-gaussian.svg'), draw(runs, settings));
  const result = table(summaries, settings.truths);
  await replaceBetween('docs/maths/mutual-information.md', 'mi-gaussian', result);
  console.log(result);
  return summaries;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--steps');
  await drawMutualInformation(at < 0 ? {} : { steps: Number(process.argv[at + 1]) });
}
