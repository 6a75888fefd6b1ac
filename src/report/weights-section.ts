/** How much a negative counts by its score: ADNCE's Gaussian beside InfoNCE's exponential (the paper's Figure 3). */
import * as Plot from '@observablehq/plot';
import { AXIS_HEIGHT, bottomAxis, COLOUR, FULL, figure, HALF, heading, leftAxis } from './figure.js';
import { fixed, isNumber, plain, tick } from './format.js';
import { type Html, html } from './html.js';
import { absent, legend, numbers, type Section, spread } from './page.js';
import type { Measured, ReportData, ReportWeights } from './types.js';

interface WeightRow {
  score: number;
  adnce: Measured | undefined;
  infonce: Measured | undefined;
  density: number;
}

type Objective = 'adnce' | 'infonce';

/** Above this ratio of largest to smallest weight both together need a logarithmic axis, and ADNCE a plot of its own. */
const LINEAR_RATIO = 12;
/** The logarithmic axis starts here at the lowest. */
const LEAST_WEIGHT = 1e-2;
const MOST_TICKS = 7;

export function weightsSection(run: ReportData): Section {
  const { weights } = run;
  const reason = 'ADNCE’s weights were not recorded in this run (only runs that train with ADNCE have them).';
  const there = weights !== undefined && weights.score.length > 1;
  return { id: 'weights', title: 'Which negatives count', body: there ? weightsBody(weights) : absent(reason) };
}

function weightsBody(weights: ReportWeights): Html {
  const { temperature, mu, sigma, layout } = weights;
  const all = weights.score.map((score, i) => ({
    score,
    adnce: weights.adnce[i],
    infonce: weights.infonce[i],
    density: weights.scoreDensity?.[i] ?? 0,
  }));
  const hasDensity = all.some((row) => row.density > 0);
  return html`<p><b>InfoNCE</b> weighs a negative of score s by e<sup>s/τ</sup>, the worst case within reach (<b>KL-DRO</b>): the most similar
negatives can outweigh all others, even those that are wrongly called negative. <b>ADNCE</b> multiplies this by a bell curve
around μ of width σ, which holds back the scores far from μ. This run has τ = ${plain(temperature)}, μ = ${plain(mu)}, σ = ${plain(sigma)}
and the layout “${layout}”.</p>
<figure>${legend([
    { kind: 'line', name: 'ADNCE’s bell curve' },
    { kind: 'dashed', name: 'InfoNCE’s weight' },
    ...(hasDensity ? [{ kind: 'neutral' as const, name: 'where this run’s negatives are' }] : []),
  ])}
${weightFigures(inUse(all), weights.mu)}
<figcaption>A negative at ×1 counts as much as the average one, at ×10 ten times as much. Where the blue line is flat, ADNCE treats
negatives as InfoNCE does; where it falls, they count less.${
    hasDensity ? ' The grey hill shows which scores are frequent; its height has no scale.' : undefined
  }</figcaption></figure>
${numbers({
  caption: 'weight of a negative by its score',
  head: ['score', 'ADNCE’s bell curve', 'InfoNCE’s weight'],
  rows: spread(all, 11).map((row) => [fixed(row.score, 2), plain(row.adnce), plain(row.infonce)]),
})}`;
}

/** The rows where this run has negatives, with a little room: what lies beyond never happened. */
function inUse(all: readonly WeightRow[]): readonly WeightRow[] {
  const peak = Math.max(...all.map((row) => row.density));
  const used = all.filter((row) => row.density > peak * 1e-3);
  const [low, high] = [(used[0]?.score ?? -1) - 0.05, (used.at(-1)?.score ?? 1) + 0.05];
  const rows = all.filter((row) => row.score >= low && row.score <= high);
  return rows.length > 1 ? rows : all;
}

function weightFigures(rows: readonly WeightRow[], mu: number): Html {
  const values = rows.flatMap((row) => [row.adnce, row.infonce]).filter(isNumber);
  if (values.length === 0) return absent('No weight of this run is a finite number.');
  const ratio = Math.max(1, ...values) / Math.max(Math.min(...values), Number.MIN_VALUE);
  if (ratio <= LINEAR_RATIO) return weightFigure('weights', rows, mu, ['infonce', 'adnce'], false);
  return html`<div class="panels halves"><div>${weightFigure('weights-adnce', rows, mu, ['adnce'], false)}</div>
<div>${weightFigure('weights', rows, mu, ['infonce', 'adnce'], true)}</div></div>`;
}

function weightFigure(
  id: string,
  rows: readonly WeightRow[],
  mu: number,
  shown: readonly Objective[],
  isLog: boolean,
): Html {
  const values = shown.flatMap((name) => rows.map((row) => row[name])).filter(isNumber);
  const largest = Math.max(1, ...values);
  const bottom = isLog ? Math.max(LEAST_WEIGHT, Math.min(0.5, ...values)) : 0;
  const top = largest * (isLog ? 1.3 : 1.15);
  const [first, last] = [rows[0] as WeightRow, rows.at(-1) as WeightRow];
  const names = shown.length > 1 ? 'ADNCE and InfoNCE' : 'ADNCE alone';
  const told = { adnce: 'ADNCE’s weight is', infonce: 'InfoNCE’s weight is' };
  return figure(
    id,
    `Weight of a negative by its score, ${names}`,
    [first, last]
      .map(
        (row) =>
          `At score ${fixed(row.score, 2)} ${shown.map((name) => `${told[name]} ${plain(row[name])}`).join(', ')}.`,
      )
      .join(' '),
    (width) => ({
      width,
      height: 290,
      marginLeft: 52,
      marginRight: 16,
      marginTop: 54,
      marginBottom: AXIS_HEIGHT,
      x: { domain: [first.score, last.score] },
      y: { type: isLog ? 'log' : 'linear', domain: [bottom, top] },
      marks: [
        heading(`weight, ${names}${isLog ? ' (logarithmic)' : ''}`, { dx: -52, dy: -46, lineWidth: 30 }),
        ...leftAxis({
          label: null,
          ticks: isLog ? powersOfTen(bottom, top) : 5,
          tickFormat: (value: number) => `×${tick(value)}`,
        }),
        bottomAxis({ label: 'score of the negative (cosine)', ticks: width > 500 ? 10 : 5 }),
        ...hill(rows, bottom, top, isLog),
        Plot.ruleY([1], { stroke: COLOUR.muted, strokeDasharray: '2,4' }),
        ...(mu > first.score && mu < last.score ? meanRule(mu) : []),
        ...shown.map((name) => weightLine(rows, name, bottom)),
      ],
    }),
    shown.length > 1 && !isLog ? FULL : HALF,
  );
}

function weightLine(rows: readonly WeightRow[], name: Objective, bottom: number): Plot.Markish {
  const look =
    name === 'adnce'
      ? { stroke: COLOUR.first, strokeWidth: 2.5 }
      : { stroke: COLOUR.second, strokeWidth: 2, strokeDasharray: '7,4' };
  const y = (row: WeightRow) => (isNumber(row[name]) && row[name] >= bottom ? row[name] : null);
  return Plot.line(rows, { x: 'score', y, ...look });
}

/** How frequent the scores are, on a scale of its own that fills a little less than half of the plot. */
function hill(rows: readonly WeightRow[], bottom: number, top: number, isLog: boolean): Plot.Markish[] {
  const peak = Math.max(...rows.map((row) => row.density));
  if (peak === 0) return [];
  const height = (share: number) => (isLog ? bottom * (top / bottom) ** share : bottom + (top - bottom) * share);
  return [
    Plot.areaY(rows, {
      x: 'score',
      y1: () => bottom,
      y2: (row: WeightRow) => height((0.45 * row.density) / peak),
      fill: COLOUR.neutral,
      fillOpacity: 0.28,
    }),
  ];
}

function meanRule(mu: number): Plot.Markish[] {
  return [
    Plot.ruleX([mu], { stroke: COLOUR.muted, strokeDasharray: '2,4' }),
    Plot.text([`μ = ${plain(mu)}`], { x: [mu], frameAnchor: 'top', dy: -14, fill: COLOUR.muted }),
  ];
}

/** Powers of ten within the bounds, thinned out evenly where there are many. */
function powersOfTen(low: number, high: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high))];
  const step = Math.ceil((last - first + 1) / MOST_TICKS);
  const count = Math.floor((last - first) / step) + 1;
  return Array.from({ length: count }, (_, i) => 10 ** (first + i * step));
}
