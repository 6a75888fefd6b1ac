/** Charts of measurements as SVG files that stand alone: for a README, light and dark. */
import * as Plot from '@observablehq/plot';
import { bottomAxis, COLOUR, leftAxis, svg } from '../../report/figure.js';
import { fixed, whole } from '../../report/format.js';
import { PALETTE } from '../../report/style.js';
import { BASELINES, LIMITS } from './compare.js';
import type { Measurement } from './measurement.js';
import { problemTitle } from './problem.js';

const WIDTH = 880;
const ROW = 22;
const TITLE = 26;

interface Bar {
  problem: string;
  peer: string;
  milliseconds: number;
  label: string;
  ours: boolean;
}

/** Times of all peers, on a logarithmic scale, at the largest size of each case that all of them measured. */
export function comparisonChart(measurements: readonly Measurement[]): string {
  const rows = measurements.filter(
    ({ peer, status, time }) => status === 'ok' && time !== null && !LIMITS.includes(peer),
  );
  const problems = largestOfEachCase(rows);
  const bars = rows
    .filter(({ problem }) => problems.includes(problemTitle(problem)))
    .map(barOf)
    .sort((x, y) => x.milliseconds - y.milliseconds);
  const peers = [...new Set(bars.map(({ peer }) => peer))];
  const most = Math.max(...bars.map(({ milliseconds }) => milliseconds));
  const start = Math.min(...bars.map(({ milliseconds }) => milliseconds)) / 2;
  return standalone(
    svg('times', 'Time of a step', 'Milliseconds of one loss with all its gradients, by peer, on a logarithmic scale', {
      width: WIDTH,
      height: problems.length * (peers.length * ROW + TITLE) + 64,
      marginLeft: 150,
      marginTop: TITLE + 6,
      marginRight: 20,
      x: { type: 'log', domain: [start, most * 3], label: null },
      y: { domain: peers, label: null, tickSize: 0 },
      fy: { domain: problems, label: null, axis: null, padding: TITLE / (peers.length * ROW) },
      marks: [
        Plot.gridX({ stroke: COLOUR.line, strokeOpacity: 1, ticks: powersOfTen(start, most) }),
        bottomAxis({ label: 'milliseconds, logarithmic', ticks: powersOfTen(start, most), tickFormat: plainNumber }),
        Plot.axisY({ label: null, tickSize: 0, fill: COLOUR.ink }),
        Plot.text(problems, {
          fy: (title: string) => title,
          text: (title: string) => title,
          frameAnchor: 'top-left',
          dy: -14,
          fill: COLOUR.muted,
        }),
        Plot.barX(bars, {
          x1: start,
          x2: 'milliseconds',
          y: 'peer',
          fy: 'problem',
          fill: ({ ours }: Bar) => (ours ? COLOUR.first : COLOUR.neutral),
          insetTop: 3,
          insetBottom: 3,
        }),
        Plot.text(bars, {
          x: 'milliseconds',
          y: 'peer',
          fy: 'problem',
          text: 'label',
          textAnchor: 'start',
          dx: 6,
          fill: COLOUR.ink,
        }),
      ],
    }).text,
  );
}

function barOf({ problem, title, peer, time, ratios }: Measurement): Bar {
  const milliseconds = time?.median ?? Number.NaN;
  const ratio = ratios[BASELINES[0] as string]?.median;
  const size = fixed(milliseconds, milliseconds < 10 ? 1 : 0);
  const times = ratio === undefined ? '' : ` (×${ratio < 10 ? fixed(ratio, 1) : whole(ratio)})`;
  const text = `${milliseconds >= 1000 ? whole(milliseconds) : size} ms${times}`;
  return { problem: problemTitle(problem), peer: title, milliseconds, label: text, ours: BASELINES.includes(peer) };
}

/** Of every case the largest size at which most peers were measured. */
function largestOfEachCase(rows: readonly Measurement[]): string[] {
  const cases = [...new Set(rows.map(({ problem }) => problem.case))];
  return cases.flatMap((name) => {
    const sizes = rows.filter(({ problem }) => problem.case === name).map(({ problem }) => problem.n);
    const peersAt = (n: number) => sizes.filter((size) => size === n).length;
    const most = Math.max(...sizes.map(peersAt));
    const largest = Math.max(...sizes.filter((n) => peersAt(n) === most));
    return rows
      .filter(({ problem }) => problem.case === name && problem.n === largest)
      .slice(0, 1)
      .map(titleOf);
  });
}

const titleOf = ({ problem }: Measurement) => problemTitle(problem);

/** A point of a growth curve. */
export interface Growth {
  /** What the curve is, in the legend. */
  series: string;
  x: number;
  y: number;
}

/** How something grows, both scales logarithmic. */
export function growthChart(title: string, points: readonly Growth[], axes: { x: string; y: string }): string {
  const series = [...new Set(points.map((point) => point.series))];
  const heights = points.map(({ y }) => y);
  const ticks = powersOfTen(Math.min(...heights), Math.max(...heights));
  const colours = [COLOUR.first, COLOUR.second, COLOUR.neutral];
  const sizes = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const short = (value: number) =>
    value >= 1000 && Number.isInteger(value / 1024) ? `${value / 1024}k` : plainNumber(value);
  return standalone(
    svg('growth', title, `${axes.y} against ${axes.x}, both on logarithmic scales`, {
      width: WIDTH,
      height: 400,
      marginLeft: 70,
      marginRight: 130,
      marginTop: 40,
      x: { type: 'log' },
      y: { type: 'log' },
      color: { domain: series, range: series.map((_, i) => colours[i % colours.length] as string) },
      marks: [
        ...leftAxis({ label: axes.y, ticks, tickFormat: plainNumber }),
        bottomAxis({ label: axes.x, ticks: sizes, tickFormat: short }),
        Plot.lineY(points, { x: 'x', y: 'y', stroke: 'series', strokeWidth: 2 }),
        Plot.dot(points, { x: 'x', y: 'y', fill: 'series', r: 3 }),
        Plot.text(
          points,
          Plot.selectLast({
            x: 'x',
            y: 'y',
            z: 'series',
            text: 'series',
            textAnchor: 'start',
            dx: 8,
            fill: COLOUR.ink,
          }),
        ),
      ],
    }).text,
  );
}

function powersOfTen(from: number, to: number): number[] {
  const first = Math.ceil(Math.log10(from));
  return Array.from({ length: Math.max(0, Math.floor(Math.log10(to)) - first + 1) }, (_, k) => 10 ** (first + k));
}

function plainNumber(value: number): string {
  return value >= 1 ? whole(value) : String(Number(value.toPrecision(2)));
}

/** A drawing as a file of its own: name space, colours for light and dark, and the report's font. */
function standalone(drawing: string): string {
  const style = `${PALETTE.trim()}\nsvg { color: var(--ink); background: var(--paper); font-family: system-ui, sans-serif; }`;
  const named = drawing.includes('xmlns=')
    ? drawing
    : drawing.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"');
  return `${named.replace('>', `><style>${style}</style>`)}\n`;
}
