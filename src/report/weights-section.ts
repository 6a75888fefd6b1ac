/** How hard a negative is pushed away by its score: the run's own objective beside the others (the paper's Figure 3). */
import * as Plot from '@observablehq/plot';
import { AXIS_HEIGHT, bottomAxis, COLOUR, FULL, figure, HALF, heading, leftAxis } from './figure.js';
import { fixed, isNumber, plain, tick } from './format.js';
import { type Html, html } from './html.js';
import { absent, legend, numbers, type Section, type Swatch, spread } from './page.js';
import type { Measured, ReportData, ReportWeights } from './types.js';

/** A line of the figure. */
interface Line {
  name: string;
  weight: Measured[];
  swatch: Swatch;
}

/** The scores that a figure shows, with how frequent each is. */
interface Frame {
  /** Places in the lists of the weights. */
  places: number[];
  score: number[];
  density: number[];
}

/** Above this ratio of largest to smallest weight the axis is logarithmic. */
const LINEAR_RATIO = 12;
/** The logarithmic axis starts here at the lowest. */
const LEAST_WEIGHT = 1e-2;
const MOST_TICKS = 7;
/** How far above the strong lines a thin one is shown. */
const THIN_ROOM = 3;

/** Looks of lines: colour, width and dashes, the same as the style sheet's swatches. */
const LOOKS: Record<string, Plot.LineOptions> = {
  line: { stroke: COLOUR.first, strokeWidth: 3.5 },
  dashed: { stroke: COLOUR.second, strokeWidth: 2.5, strokeDasharray: '7,4' },
  'thin-0': { stroke: COLOUR.third, strokeWidth: 1.3 },
  'thin-1': { stroke: COLOUR.fourth, strokeWidth: 1.3 },
  'thin-2': { stroke: COLOUR.fifth, strokeWidth: 1.3 },
  'thin-3': { stroke: COLOUR.third, strokeWidth: 1.5, strokeDasharray: '2,3' },
  'thin-4': { stroke: COLOUR.fourth, strokeWidth: 1.5, strokeDasharray: '2,3' },
  'thin-5': { stroke: COLOUR.fifth, strokeWidth: 1.5, strokeDasharray: '2,3' },
};
const THIN = Object.keys(LOOKS).filter((name) => name.startsWith('thin')) as Swatch[];

export function weightsSection(run: ReportData): Section {
  const { weights } = run;
  const there = weights !== undefined && weights.score.length > 1 && weights.curves.length > 0;
  return {
    id: 'weights',
    title: 'Which negatives count',
    body: there ? weightsBody(weights) : absent('How negatives are weighed was not recorded in this run.'),
  };
}

function weightsBody(weights: ReportWeights): Html {
  const frame = inUse(weights);
  const lines = linesOf(weights);
  const own = lines.find(({ swatch }) => swatch === 'line');
  const hasHill = frame.density.some((density) => density > 0);
  return html`<p>An objective pushes the negatives of an anchor away, but not all alike. <b>InfoNCE</b> pushes a negative of score s with
e<sup>s/τ</sup>, the worst case within reach (<b>KL-DRO</b>): the most similar negatives can outweigh all others, even those that are wrongly
called negative. Other objectives are bolder or milder. ${
    own === undefined
      ? 'This run trained with an objective that has no such weights.'
      : html`This run trained with <b>${own.name}</b>.`
  } All curves are for the run’s temperature, τ = ${plain(weights.temperature)}.</p>
<figure>${legend([
    ...lines.map(({ name, swatch }) => ({ kind: swatch, name: swatch === 'line' ? `${name}: this run` : name })),
    ...(hasHill ? [HILL] : []),
  ])}
${curvesFigure(frame, lines)}
<figcaption>A negative at ×1 is pushed as hard as the average one, at ×10 ten times as hard. The steeper a line rises to the right, the more an
objective cares for the hardest negatives alone; where it falls, it spares them. A line that ends at the lower edge goes on to hardly any weight or none; that of HCL goes below 0, where
negatives are drawn nearer.${
    hasHill
      ? ' The grey hill shows which scores are frequent among the run’s negatives; its height has no scale.'
      : undefined
  }</figcaption></figure>
${numbers({
  caption: 'weight of a negative by its score',
  head: ['score', ...lines.map(({ name }) => name)],
  rows: spread(frame.places, 11).map((place) => [
    fixed(weights.score[place], 2),
    ...lines.map(({ weight }) => plain(weight[place])),
  ]),
})}${weights.bell === undefined ? undefined : bellBody(frame, weights.bell)}`;
}

const HILL = { kind: 'neutral' as const, name: 'where this run’s negatives are' };

/** The run's own and what it is compared with first, the others in their order. */
function linesOf({ curves }: ReportWeights): Line[] {
  const of = (role: string) => curves.filter((curve) => curve.role === role);
  const thin = of('other').map((curve, i) => ({ ...curve, swatch: THIN[i % THIN.length] as Swatch }));
  const strong = (role: string, swatch: Swatch) => of(role).map((curve) => ({ ...curve, swatch }));
  return [...strong('own', 'line'), ...strong('compared', 'dashed'), ...thin];
}

/** The scores where this run has negatives, with a little room: what lies beyond hardly happened. */
function inUse({ score, scoreDensity = [] }: ReportWeights): Frame {
  const peak = Math.max(0, ...scoreDensity);
  const all = score.map((_, i) => i);
  const used = all.filter((i) => (scoreDensity[i] ?? 0) > peak * 1e-3);
  const [low, high] = [(score[used[0] ?? 0] ?? -1) - 0.05, (score[used.at(-1) ?? 0] ?? 1) + 0.05];
  const near = all.filter((i) => (score[i] as number) >= low && (score[i] as number) <= high);
  const places = used.length > 0 && near.length > 1 ? near : all;
  return {
    places,
    score: places.map((i) => score[i] as number),
    density: places.map((i) => scoreDensity[i] ?? 0),
  };
}

function curvesFigure(frame: Frame, lines: readonly Line[]): Html {
  const finite = (of: readonly Line[]) =>
    frame.places.flatMap((place) => of.map(({ weight }) => weight[place])).filter(isNumber);
  const [all, strong] = [finite(lines), finite(lines.filter(isStrong))];
  if (strong.length === 0) return absent('No weight of this run is a finite number.');
  // What is thin may leave the plot; it must not press flat what is not.
  const largest = Math.max(1, Math.min(Math.max(...all), THIN_ROOM * Math.max(...strong)));
  const ratio = largest / Math.max(Math.min(...strong), Number.MIN_VALUE);
  return weightFigure('weights', 'weight of a negative', frame, lines, largest, ratio > LINEAR_RATIO);
}

function isStrong({ swatch }: Line): boolean {
  return !swatch.startsWith('thin');
}

function weightFigure(
  id: string,
  name: string,
  frame: Frame,
  lines: readonly Line[],
  largest: number,
  isLog: boolean,
): Html {
  const values = frame.places.flatMap((place) => lines.map(({ weight }) => weight[place])).filter(isNumber);
  const bottom = isLog ? Math.max(LEAST_WEIGHT, Math.min(0.5, ...values)) : 0;
  const top = largest * (isLog ? 1.3 : 1.15);
  const isMain = id === 'weights';
  return figure(
    id,
    `${name} by its score`,
    describe(frame, lines),
    (width) => ({
      width,
      height: isMain && width > 500 ? 380 : 290,
      marginLeft: 52,
      marginRight: 16,
      marginTop: 40,
      marginBottom: AXIS_HEIGHT,
      x: { domain: [frame.score[0], frame.score.at(-1)] },
      y: { type: isLog ? 'log' : 'linear', domain: [bottom, top] },
      marks: [
        heading(`${name}${isLog ? ' (logarithmic)' : ''}`, { dx: -52, dy: -32, lineWidth: 30 }),
        ...leftAxis({
          label: null,
          ticks: isLog ? powersOfTen(bottom, top) : 5,
          tickFormat: (value: number) => `×${tick(value)}`,
        }),
        bottomAxis({ label: 'score of the negative (cosine)', ticks: width > 500 ? 10 : 5 }),
        ...hill(frame, bottom, top, isLog),
        Plot.ruleY([1], { stroke: COLOUR.muted, strokeDasharray: '2,4' }),
        // The strong ones on top.
        ...[...lines].reverse().map((line) => trace(frame, line, bottom, top)),
      ],
    }),
    isMain ? FULL : HALF,
  );
}

/** The ends of the lines that are strong, for those who can't see them. */
function describe({ places, score }: Frame, lines: readonly Line[]): string {
  const strong = lines.filter(isStrong);
  return [0, places.length - 1]
    .map((end) => {
      const values = strong.map(({ name, weight }) => `${name}: ${plain(weight[places[end] as number])}`);
      return `At score ${fixed(score[end], 2)} ${values.join('; ')}.`;
    })
    .join(' ');
}

/** A line that goes to the edge where it leaves the plot, and has a gap while it is away. */
function trace({ places, score }: Frame, { weight, swatch }: Line, bottom: number, top: number): Plot.Markish {
  const values = places.map((place) => weight[place]);
  const isInside = (value: Measured | undefined) => isNumber(value) && value >= bottom && value <= top;
  const points = values.map((value, i) => {
    const isSeen = isInside(value) || isInside(values[i - 1]) || isInside(values[i + 1]);
    return { score: score[i], weight: isNumber(value) && isSeen ? Math.min(top, Math.max(bottom, value)) : null };
  });
  return Plot.line(points, { x: 'score', y: 'weight', strokeLinejoin: 'round', ...LOOKS[swatch] });
}

/** How frequent the scores are, on a scale of its own that fills a little less than half of the plot. */
function hill({ score, density }: Frame, bottom: number, top: number, isLog: boolean): Plot.Markish[] {
  const peak = Math.max(...density);
  if (peak === 0) return [];
  const height = (share: number) => (isLog ? bottom * (top / bottom) ** share : bottom + (top - bottom) * share);
  const rows = score.map((own, i) => ({ score: own, height: height((0.45 * (density[i] as number)) / peak) }));
  return [Plot.areaY(rows, { x: 'score', y1: () => bottom, y2: 'height', fill: COLOUR.neutral, fillOpacity: 0.28 })];
}

/** The factor that ADNCE adds to InfoNCE, alone. */
function bellBody(frame: Frame, { mu, sigma, weight }: NonNullable<ReportWeights['bell']>): Html | undefined {
  const values = frame.places.map((place) => weight[place]).filter(isNumber);
  if (values.length === 0) return undefined;
  const line: Line = { name: 'ADNCE’s bell curve', weight, swatch: 'line' };
  const [first, last] = [frame.score[0] as number, frame.score.at(-1) as number];
  const where =
    mu > last ? 'beyond the hardest negatives, so that harder ones count more' : 'among the scores of this run';
  const place = mu < first ? 'below the scores of this run, so that harder ones count less' : where;
  return html`<h3>What ADNCE adds</h3>
<figure class="halves panels"><div>${weightFigure('bell', 'ADNCE’s bell curve', frame, [line], Math.max(1, ...values), false)}</div>
<figcaption>ADNCE multiplies InfoNCE’s weight by a bell curve of the score, around μ = ${plain(mu)} and σ = ${plain(sigma)} wide. Here its centre
lies ${place}. Where the curve is flat, ADNCE treats negatives as InfoNCE does; the narrower it is, the more it holds back the scores far
from μ, such as those of false negatives.</figcaption></figure>`;
}

/** Powers of ten within the bounds, thinned out evenly where there are many. */
function powersOfTen(low: number, high: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high))];
  const step = Math.ceil((last - first + 1) / MOST_TICKS);
  const count = Math.floor((last - first) / step) + 1;
  return Array.from({ length: count }, (_, i) => 10 ** (first + i * step));
}
