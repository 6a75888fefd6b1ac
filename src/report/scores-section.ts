/** The scores of positive and negative pairs over time, and the weights ADNCE gives by score. */
import * as Plot from '@observablehq/plot';
import { bottomAxis, COLOUR, figure, leftAxis } from './figure.js';
import { fixed, isNumber, plain, whole } from './format.js';
import { type Html, html } from './html.js';
import { absent, legend, numbers, type Section, spread } from './page.js';
import type { ReportData, ReportHistogram, ReportWeights } from './types.js';

const MOST_PANELS = 4;

interface Bin {
  left: number;
  right: number;
  /** Share of the pairs. */
  share: number;
}

function bins(counts: readonly number[], edges: readonly number[]): Bin[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count, i) => ({
    left: edges[i] as number,
    right: edges[i + 1] as number,
    share: total > 0 ? count / total : 0,
  }));
}

/** The mean of binned scores, or undefined where there are none. */
function meanScore(own: readonly Bin[]): number | undefined {
  if (own.every((bin) => bin.share === 0)) return undefined;
  return own.reduce((sum, bin) => sum + (bin.share * (bin.left + bin.right)) / 2, 0);
}

/** The range of scores with a noticeable share of pairs in any of the histograms, in whole tenths. */
function usedRange(histograms: readonly ReportHistogram[]): [number, number] {
  const used = histograms
    .flatMap((h) => [...bins(h.positive, h.edges), ...bins(h.negative, h.edges)])
    .filter((bin) => bin.share > 5e-4);
  const tenth = (value: number, round: (x: number) => number) => round(Number((value * 10).toFixed(6))) / 10;
  return [
    tenth(Math.min(...used.map((bin) => bin.left)), Math.floor),
    tenth(Math.max(...used.map((bin) => bin.right)), Math.ceil),
  ];
}

export function scoresSection(run: ReportData): Section {
  const counted = (run.histograms ?? []).filter((h) => [...h.positive, ...h.negative].some((count) => count > 0));
  return {
    id: 'scores',
    title: 'How the pairs moved apart',
    body: counted.length === 0 ? absent('No scores were counted in this run.') : scoresBody(counted),
  };
}

function scoresBody(counted: readonly ReportHistogram[]): Html {
  const shown = spread(counted, MOST_PANELS);
  const domain = usedRange(shown);
  const means = (h: ReportHistogram) =>
    [meanScore(bins(h.positive, h.edges)), meanScore(bins(h.negative, h.edges))] as const;
  return html`<p>Each panel is one moment of the training and counts pairs by their <b>similarity score</b> (cosine). Learning pulls
<b>positives</b> (pairs that belong together) to the right and pushes <b>negatives</b> (all other pairs of a batch) to the left;
where they overlap, the model still mixes them up. Both areas are equal in size; each panel is scaled to its highest bin.</p>
<figure>${legend([
    { kind: 'second', name: 'negatives' },
    { kind: 'first', name: 'positives' },
  ])}
<div class="panels panels-${shown.length}">${shown.map((h, i) => html`<div>${scorePanel(`scores-${i}`, h, domain)}</div>`)}</div></figure>
${numbers({
  caption: 'Mean score of positives and negatives',
  head: ['step', 'positives', 'negatives', 'gap'],
  rows: spread(counted, 12).map((h) => {
    const [positive, negative] = means(h);
    const gap = positive === undefined || negative === undefined ? undefined : positive - negative;
    return [whole(h.step), ...[positive, negative, gap].map((value) => fixed(value, 3))];
  }),
})}`;
}

function scorePanel(id: string, h: ReportHistogram, domain: [number, number]): Html {
  const [positive, negative] = [bins(h.positive, h.edges), bins(h.negative, h.edges)];
  const [p, n] = [meanScore(positive), meanScore(negative)];
  const step = `step ${whole(h.step)}`;
  const layers: [Bin[], string, string][] = [
    [negative, COLOUR.second, 'negatives'],
    [positive, COLOUR.first, 'positives'],
  ];
  return figure(
    id,
    `Scores at ${step}`,
    `Mean score of positives ${fixed(p, 2)}, of negatives ${fixed(n, 2)}.`,
    (width) => ({
      width,
      height: 170,
      marginLeft: 6,
      marginRight: 10,
      marginTop: 30,
      marginBottom: 26,
      x: { domain, clamp: false },
      y: {
        axis: null,
        domain: [0, Math.max(...positive.map((bin) => bin.share), ...negative.map((bin) => bin.share))],
      },
      marks: [
        Plot.text([step], { frameAnchor: 'top-left', dy: -24, fontSize: 13, fontWeight: 600, fill: COLOUR.ink }),
        Plot.ruleY([0], { stroke: COLOUR.line, strokeOpacity: 1 }),
        ...layers.flatMap(([own, colour]) => {
          const outline = staircase(own.filter((bin) => bin.right > domain[0] && bin.left < domain[1]));
          return [
            Plot.areaY(outline, { x: 'x', y: 'y', fill: colour, fillOpacity: 0.28 }),
            Plot.line(outline, { x: 'x', y: 'y', stroke: colour, strokeWidth: 1.5, strokeLinejoin: 'miter' }),
          ];
        }),
        bottomAxis({ label: null, ticks: 5, tickFormat: signed }),
      ],
    }),
    { wide: 205, narrow: 340 },
  );
}

/** The outline of a histogram from the base line up and down again. */
function staircase(own: readonly Bin[]): { x: number; y: number }[] {
  const first = own[0];
  const last = own.at(-1);
  if (first === undefined || last === undefined) return [];
  return [
    { x: first.left, y: 0 },
    ...own.flatMap(({ left, right, share }) => [
      { x: left, y: share },
      { x: right, y: share },
    ]),
    { x: last.right, y: 0 },
  ];
}

/** A score as an axis shows it, with a true minus. */
function signed(value: number): string {
  return String(Number(value.toFixed(6))).replace('-', '−');
}

export function weightsSection(run: ReportData): Section {
  const { weights } = run;
  const reason = 'ADNCE’s weights were not recorded in this run (only runs that train with ADNCE have them).';
  const there = weights !== undefined && weights.score.length > 1;
  return { id: 'weights', title: 'Which negatives count', body: there ? weightsBody(weights) : absent(reason) };
}

function weightsBody(weights: ReportWeights): Html {
  const { temperature, mu, sigma, layout } = weights;
  const rows = weights.score.map((score, i) => ({
    score,
    adnce: weights.adnce[i],
    infonce: weights.infonce[i],
    density: weights.scoreDensity?.[i] ?? 0,
  }));
  const hasDensity = rows.some((row) => row.density > 0);
  return html`<p>InfoNCE is a worst case over the negatives (<b>KL-DRO</b>): a negative of score s weighs ∝ e<sup>s/τ</sup>, so the most
similar ones, false negatives among them, can outweigh all others. <b>ADNCE</b> multiplies in a Gaussian weight around μ of
width σ, which holds back the scores far from μ. A weight of 1 is the average negative. Here τ = ${plain(temperature)},
μ = ${plain(mu)}, σ = ${plain(sigma)}, layout “${layout}”.</p>
<figure>${legend([
    { kind: 'line', name: 'ADNCE’s Gaussian weight' },
    { kind: 'dashed', name: 'InfoNCE’s worst-case weight' },
    ...(hasDensity ? [{ kind: 'neutral' as const, name: 'this run’s negatives (scale of its own)' }] : []),
  ])}
${weightsFigure(weights, rows, hasDensity)}</figure>
${numbers({
  caption: 'Weight of a negative by its score',
  head: ['score', 'ADNCE', 'InfoNCE'],
  rows: spread(rows, 11).map((row) => [fixed(row.score, 2), plain(row.adnce), plain(row.infonce)]),
})}`;
}

interface WeightRow {
  score: number;
  adnce: number | null | undefined;
  infonce: number | null | undefined;
  density: number;
}

/** Above this ratio of largest to smallest weight the axis is logarithmic. */
const LINEAR_RATIO = 12;
/** The logarithmic axis starts here at the lowest. */
const LEAST_WEIGHT = 1e-2;

function weightsFigure({ mu }: ReportWeights, all: readonly WeightRow[], hasDensity: boolean): Html {
  const peak = Math.max(...all.map((row) => row.density));
  // Where this run has negatives, with a little room: what lies beyond never happened.
  const used = hasDensity ? all.filter((row) => row.density > peak * 1e-3) : all;
  const [low, high] = [(used[0] as WeightRow).score - 0.05, (used.at(-1) as WeightRow).score + 0.05];
  const rows = all.filter((row) => row.score >= low && row.score <= high);
  const values = rows.flatMap((row) => [row.adnce, row.infonce]).filter(isNumber);
  const largest = Math.max(1, ...values);
  const isLog = largest / Math.max(Math.min(...values), 1e-300) > LINEAR_RATIO;
  const bottom = isLog ? Math.max(LEAST_WEIGHT, Math.min(0.5, ...values)) : 0;
  const top = largest * (isLog ? 1.3 : 1.08);
  const height = (share: number) => (isLog ? bottom * (top / bottom) ** share : bottom + (top - bottom) * share);
  const last = rows.at(-1) as WeightRow;
  return figure(
    'weights',
    'Weight of a negative by its score',
    `At score ${fixed(last.score, 2)} ADNCE’s weight is ${plain(last.adnce)}, InfoNCE’s ${plain(last.infonce)}.`,
    (width) => ({
      width,
      height: width > 500 ? 360 : 290,
      marginLeft: 52,
      marginRight: 16,
      marginTop: 34,
      marginBottom: 42,
      x: { domain: [(rows[0] as WeightRow).score, last.score] },
      y: { type: isLog ? 'log' : 'linear', domain: [bottom, top], clamp: false },
      marks: [
        ...leftAxis({
          label: `weight${isLog ? ' (logarithmic)' : ''}`,
          ...(isLog ? { ticks: powersOfTen(bottom, top) } : { ticks: 5 }),
          tickFormat: (value: number) => `×${plain(value)}`,
        }),
        bottomAxis({
          label: 'score of the negative (cosine)',
          ticks: width > 500 ? 10 : 5,
          tickFormat: signed,
          labelAnchor: 'center',
        }),
        ...(hasDensity
          ? [
              Plot.areaY(rows, {
                x: 'score',
                y1: () => bottom,
                y2: (row: WeightRow) => height((0.45 * row.density) / peak),
                fill: COLOUR.neutral,
                fillOpacity: 0.28,
              }),
            ]
          : []),
        Plot.ruleY([1], { stroke: COLOUR.muted, strokeDasharray: '2,4' }),
        ...(mu > (rows[0] as WeightRow).score && mu < last.score
          ? [
              Plot.ruleX([mu], { stroke: COLOUR.muted, strokeDasharray: '2,4' }),
              Plot.text([`μ = ${plain(mu)}`], { x: [mu], frameAnchor: 'top', dy: -14, fill: COLOUR.muted }),
            ]
          : []),
        Plot.line(rows, {
          x: 'score',
          y: 'infonce',
          stroke: COLOUR.second,
          strokeWidth: 2,
          strokeDasharray: '7,4',
          clip: true,
        }),
        Plot.line(rows, { x: 'score', y: 'adnce', stroke: COLOUR.first, strokeWidth: 2.5, clip: true }),
      ],
    }),
  );
}

function powersOfTen(low: number, high: number): number[] {
  const powers: number[] = [];
  for (let exponent = Math.ceil(Math.log10(low) - 1e-9); 10 ** exponent <= high; exponent++)
    powers.push(10 ** exponent);
  return powers;
}
