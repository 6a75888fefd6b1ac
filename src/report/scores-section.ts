/** The scores of positive and negative pairs over time. */
import * as Plot from '@observablehq/plot';
import { AXIS_HEIGHT, bottomAxis, COLOUR, figure, heading, QUARTER } from './figure.js';
import { fixed, whole } from './format.js';
import { type Html, html } from './html.js';
import { absent, legend, numbers, type Section, spread } from './page.js';
import type { ReportData, ReportHistogram } from './types.js';

const MOST_PANELS = 4;

export interface Bin {
  left: number;
  right: number;
  /** Share of the pairs. */
  share: number;
}

/** The bins of a histogram with their share of all pairs. */
export function bins(counts: readonly number[], edges: readonly number[]): Bin[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count, i) => ({
    left: edges[i] as number,
    right: edges[i + 1] as number,
    share: total > 0 ? count / total : 0,
  }));
}

/** The mean of binned scores, or undefined where there are none. */
export function meanScore(own: readonly Bin[]): number | undefined {
  if (own.every((bin) => bin.share === 0)) return undefined;
  return own.reduce((sum, bin) => sum + (bin.share * (bin.left + bin.right)) / 2, 0);
}

/** The range of scores with a noticeable share of pairs, against the highest bin of all histograms, in whole tenths. */
export function usedRange(histograms: readonly ReportHistogram[]): [number, number] {
  const all = histograms.flatMap((h) => [...bins(h.positive, h.edges), ...bins(h.negative, h.edges)]);
  const peak = Math.max(...all.map((bin) => bin.share));
  const used = all.filter((bin) => bin.share > 3e-3 * peak);
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
  return html`<p>The <b>score</b> of a pair is the cosine of its two vectors: 1 where they point the same way, 0 where they have nothing
in common. Learning pulls <b>positives</b> (two sides that belong together) to the right and pushes <b>negatives</b> (sides of
different pairs) to the left.</p>
<figure>${legend([
    { kind: 'second', name: 'negatives' },
    { kind: 'first', name: 'positives' },
  ])}
<div class="panels panels-${shown.length}">${shown.map((h, i) => html`<div>${scorePanel(`scores-${i}`, h, domain)}</div>`)}</div>
<figcaption>Each panel is one moment of the training. The height says which share of the pairs has that score; both areas are
equally large, however many pairs there are, and each panel is scaled to its highest bin. Where the two overlap, the model
still mixes pairs up: the less, the better.</figcaption></figure>
${numbers({
  caption: 'mean score of positives and negatives',
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
      height: 190,
      marginLeft: 12,
      marginRight: 12,
      marginTop: 30,
      marginBottom: AXIS_HEIGHT,
      x: { domain, clamp: false },
      y: {
        axis: null,
        domain: [0, Math.max(...positive.map((bin) => bin.share), ...negative.map((bin) => bin.share))],
      },
      marks: [
        heading(step, { dx: -12 }),
        Plot.ruleY([0], { stroke: COLOUR.line, strokeOpacity: 1 }),
        ...layers.flatMap(([own, colour]) => {
          const outline = staircase(own.filter((bin) => bin.right > domain[0] && bin.left < domain[1]));
          return [
            Plot.areaY(outline, { x: 'x', y1: 0, y2: 'y', fill: colour, fillOpacity: 0.28 }),
            Plot.line(outline, { x: 'x', y: 'y', stroke: colour, strokeWidth: 1.5, strokeLinejoin: 'miter' }),
          ];
        }),
        bottomAxis({ label: 'score (cosine)', ticks: width > 300 ? 6 : 3 }),
      ],
    }),
    QUARTER,
  );
}

/** The outline of a histogram from the base line up and down again. */
export function staircase(own: readonly Bin[]): { x: number; y: number }[] {
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
