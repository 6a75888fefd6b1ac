/**
 * What each objective does to a negative of a given score: docs/maths/figures/<objective>.svg. One anchor with a positive of score 0.7
 * and 4001 negatives, whose scores are the quantiles of a normal distribution of mean 0.1 and deviation 0.25; the pull on a
 * negative is the gradient by its score that the library gives, over the mean of all.
 *
 *     node scripts/figures/objectives.mjs        the library must be compiled
 */
import { readFile, writeFile } from 'node:fs/promises';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

const room = (name) => import(new URL(`../../build/ts/${name}/index.js`, import.meta.url));
const file = (path) => new URL(`../../${path}`, import.meta.url);
const { engine, init } = await room('engine');
const losses = await room('losses');
const { tensor } = await room('tensor');

const NEGATIVES = 4001;
const POSITIVE = 0.7;
const COLOURS = ['#4269d0', '#c0392b', '#2e8b57', '#e6a100', '#8e44ad'];

/** Φ⁻¹ by bisection on a series of Φ, good to a picture's width and more. */
function probit(p) {
  const cdf = (x) => {
    let term = x;
    let sum = x;
    for (let k = 3; k < 200; k += 2) {
      term *= (x * x) / k;
      sum += term;
    }
    return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
  };
  let [low, high] = [-5, 5];
  for (let turn = 0; turn < 50; turn++) {
    const middle = (low + high) / 2;
    if (cdf(middle) < p) low = middle;
    else high = middle;
  }
  return low;
}

const SCORES = Array.from({ length: NEGATIVES }, (_, j) =>
  Math.max(-0.95, Math.min(0.95, 0.1 + 0.25 * probit((j + 0.5) / NEGATIVES))),
);

/** Places of scores that are drawn: where they are dense, no nearer than a line's width; in the tails all. */
const DRAWN = [];
for (const [j, s] of SCORES.entries()) {
  if (DRAWN.length === 0 || s - SCORES[DRAWN.at(-1)] >= 0.004) DRAWN.push(j);
}
const TICKS = SCORES.filter((_, j) => j % 10 === 0);

/** ∂L/∂s_j of negatives in a plane, at the angles that have these cosines with their anchor u: ∂L/∂v_j = G_j·(u − s_j·v_j). */
function gradients(call) {
  return engine().step(() => {
    const at = (s) => [s, Math.sqrt(1 - s * s)];
    const negatives = tensor(SCORES.flatMap(at), [NEGATIVES, 2], { requiresGrad: true });
    const anchor = tensor([1, 0], [1, 2]);
    call(anchor, tensor(at(POSITIVE), [1, 2]), { layout: 'graph', negatives, inBatch: false }).backward();
    return SCORES.map((s, j) => negatives.grad[2 * j] / (1 - s * s));
  });
}

/** Gradients over their mean. */
function pull(call) {
  const all = gradients(call);
  const mean = all.reduce((sum, g) => sum + g, 0) / all.length;
  return all.map((g) => g / mean);
}

/** A curve of a figure. */
const curve = (label, name, options) => ({
  label,
  values: () => pull((a, b, batch) => losses[name](a, b, { ...batch, ...options })),
});
const kl = (temperature) => curve(`τ = ${temperature}`, 'infoNCE', { temperature });
const dro = (label, options) => curve(label, 'clDro', options);
const adnce = (mu, sigma) => curve(`μ = ${mu}, σ = ${sigma}`, 'adnce', { temperature: 0.5, mu, sigma });
const gaussian = (mu, sigma) => ({
  label: `μ = ${mu}, σ = ${sigma}`,
  values: () => {
    const g = SCORES.map((s) => Math.exp(-((s - mu) ** 2) / (2 * sigma * sigma)));
    const mean = g.reduce((sum, x) => sum + x, 0) / g.length;
    return g.map((x) => x / mean);
  },
});

/** Figures by file: a title, what the vertical axis has, and curves. */
const FIGURES = {
  infonce: [
    'InfoNCE: the smaller the temperature, the more the hardest negatives count',
    [kl(1), kl(0.5), kl(0.2), kl(0.1)],
  ],
  dcl: [
    'DCL at τ = 0.5: debiasing does not change the shape of the pull but its size',
    [0, 0.02, 0.1].map((tauPlus) => ({
      label: `τ⁺ = ${tauPlus}`,
      values: () =>
        gradients((a, b, batch) => losses.dcl(a, b, { ...batch, temperature: 0.5, tauPlus })).map(
          (g) => g * 0.5 * NEGATIVES,
        ),
    })),
    'τ·M·(gradient by the score)',
  ],
  hcl: [
    'HCL: β sharpens the pull, and pushes easy negatives the other way',
    [0, 0.5, 1, 2].map((beta) => curve(`β = ${beta}`, 'hcl', { temperature: 0.5, tauPlus: 0.01, beta })),
  ],
  'alpha-cl': [
    'α-CL-direct: weights by a power of the distance 1 − s',
    [1, 2, 4].map((alpha) => curve(`α = ${alpha}`, 'alphaCL', { temperature: 0.3, alpha })),
  ],
  'mean-variance': [
    'Mean-variance: a straight line, below 0 for the easiest negatives at small temperatures',
    [1, 0.3, 0.15].map((temperature) => curve(`τ = ${temperature}`, 'meanVariance', { temperature })),
  ],
  adnce: [
    'ADNCE: the pull of e^{s/τ} times a Gaussian around μ (τ = 0.5)',
    [adnce(0.5, 1000), adnce(0.5, 0.5), adnce(0.3, 0.2), adnce(0.1, 0.1)],
  ],
  'adnce-weights': [
    "ADNCE: the Gaussian weight alone, the paper's Figure 3",
    [gaussian(0.5, 1), gaussian(0.5, 0.5), gaussian(0.3, 0.2), gaussian(0.1, 0.1)],
  ],
  'cl-dro': [
    'CL-DRO at τ = 0.2: the worst case of each divergence',
    [
      dro('reverse KL', { divergence: 'reverse_kl', temperature: 0.2 }),
      dro('order 0.5', { divergence: 'cressie_read', order: 0.5, temperature: 0.2 }),
      dro('KL', { temperature: 0.2 }),
      dro('χ²', { divergence: 'chi2', temperature: 0.2 }),
      dro('order 4', { divergence: 'cressie_read', order: 4, temperature: 0.2 }),
    ],
  ],
  'kl-dro': [
    'KL: the worst case is exponential in the score',
    [1, 0.5, 0.2, 0.1].map((t) => dro(`τ = ${t}`, { temperature: t })),
  ],
  'cressie-read': [
    'χ²: a line that is cut off at 0; easy negatives drop out',
    [1, 0.3, 0.15, 0.05].map((temperature) => dro(`τ = ${temperature}`, { divergence: 'chi2', temperature })),
  ],
  cvar: [
    'CVaR: the top share α alike, all others not at all',
    [0.5, 0.25, 0.15].map((level) => dro(`α = ${level}`, { divergence: 'cvar', level })),
  ],
  siglip: [
    'SigLIP: a sigmoid of the logit, whatever the other negatives are (τ = 0.1)',
    [0, -5, -10].map((bias) => ({
      label: `b = ${bias}`,
      values: () =>
        gradients((a, b, { negatives }) =>
          // One row in b apart from the anchor's positive would be a negative too, so the batch is twice the anchor.
          losses.sigLIP(twice(a), twice(b), { temperature: 0.1, bias, negatives }),
        ).map((g) => g * 0.1),
    })),
    'gradient by the logit',
  ],
  triplet: [
    'Triplet: all negatives within the margin of the positive (0.7) alike',
    [0.35, 0.5, 0.7].map((margin) => curve(`margin ${margin}`, 'triplet', { margin })),
  ],
};

function twice(x) {
  return tensor([...x.data, ...x.data], [2, x.shape[1]]);
}

function draw([title, curves, label = 'pull on a negative, over the mean']) {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const rows = curves.flatMap(({ label: name, values }) => {
    const all = values();
    return DRAWN.map((j) => ({ name, score: SCORES[j], weight: all[j] }));
  });
  const largest = rows.reduce((most, { weight }) => Math.max(most, weight), 1);
  const least = rows.reduce((low, { weight }) => Math.min(low, weight), 0);
  const figure = Plot.plot({
    document,
    width: 720,
    height: 340,
    marginLeft: 44,
    marginRight: 140,
    style: { background: 'white', color: '#222', fontFamily: 'system-ui, sans-serif', fontSize: '12px' },
    x: { label: 'score of the negative', domain: [-0.7, 0.9] },
    y: { label, domain: [Math.max(least, -2), Math.min(largest, 8)], grid: true },
    color: { domain: curves.map(({ label: name }) => name), range: COLOURS },
    marks: [
      Plot.ruleY([0], { stroke: '#888' }),
      ...(label.startsWith('pull') ? [Plot.ruleY([1], { stroke: '#888', strokeDasharray: '2 3' })] : []),
      Plot.tickX(TICKS, { x: (s) => s, stroke: '#999', strokeOpacity: 0.25, insetTop: 285 }),
      Plot.lineY(rows, { x: 'score', y: 'weight', stroke: 'name', z: 'name', strokeWidth: 2, clip: true }),
      ...curves.map(({ label: name }, k) =>
        Plot.text([name], {
          fill: COLOURS[k],
          frameAnchor: 'top-right',
          dx: 134,
          dy: 16 * k,
          textAnchor: 'end',
          fontWeight: 600,
        }),
      ),
    ],
  });
  return finish(figure, document, title);
}

/** A title for those who can't see it, no style element, and a name space so that the file stands alone. */
function finish(figure, document, title) {
  for (const style of figure.querySelectorAll('style')) style.remove();
  const element = document.createElementNS('http://www.w3.org/2000/svg', 'title');
  element.textContent = title;
  figure.prepend(element);
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  figure.setAttribute('role', 'img');
  return `${figure.outerHTML}\n`;
}

await init({ core: await readFile(file('dist/simd.wasm')) });
for (const [name, figure] of Object.entries(FIGURES)) {
  const path = `docs/maths/figures/${name}.svg`;
  await writeFile(file(path), draw(figure));
  console.log(`Wrote ${path}`);
}
