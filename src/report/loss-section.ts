/** How the training went: loss, learning rate, gradient norm, and the figures on held-out pairs. */
import * as Plot from '@observablehq/plot';
import { bottomAxis, COLOUR, figure, leftAxis } from './figure.js';
import { isNumber, metricName, metricValue, plain, whole } from './format.js';
import { cleanText, type Html, html } from './html.js';
import { absent, numbers, type Section, spread } from './page.js';
import type { Measured, ReportData, ReportLoss } from './types.js';

/** Points of a curve; more than a screen can tell apart are put together. */
const MOST_POINTS = 400;
const TABLE_ROWS = 12;
const MARGINS = { marginLeft: 52, marginRight: 16 };

interface Point {
  step: number;
  mean: number;
  low: number;
  high: number;
}

/** Means and extremes of runs of neighbouring entries; entries without a finite value are left out. */
export function bucket(entries: readonly ReportLoss[], value: (entry: ReportLoss) => Measured | undefined): Point[] {
  const finite = entries.filter((entry) => isNumber(value(entry)));
  const size = Math.ceil(finite.length / MOST_POINTS);
  const points: Point[] = [];
  for (let start = 0; start < finite.length; start += size) {
    const part = finite.slice(start, start + size);
    const values = part.map((entry) => value(entry) as number);
    points.push({
      step: part.reduce((sum, entry) => sum + entry.step, 0) / part.length,
      mean: values.reduce((sum, item) => sum + item, 0) / values.length,
      low: Math.min(...values),
      high: Math.max(...values),
    });
  }
  return points;
}

export function lossSection(run: ReportData): Section {
  const loss = run.loss ?? [];
  return {
    id: 'loss',
    title: 'How it learned',
    body: html`${loss.length === 0 ? absent('No step of this run was logged.') : lossBody(loss)}${validation(run)}`,
  };
}

function lossBody(loss: readonly ReportLoss[]): Html {
  const points = bucket(loss, (entry) => entry.loss);
  const broken = loss.filter((entry) => !isNumber(entry.loss));
  const domain: [number, number] = [loss[0]?.step as number, loss.at(-1)?.step as number];
  const curve = points.length === 0 ? undefined : lossCurve(points, domain);
  const rest: [string, string, Point[]][] = [
    ['learning-rate', 'learning rate', bucket(loss, (entry) => entry.learningRate)],
    ['gradient', 'gradient norm', bucket(loss, (entry) => entry.gradNorm)],
  ];
  return html`<p>The <b>contrastive loss</b> (nats) is how surprised the model is by which positive belongs to which anchor among the
other pairs of a batch: lower is better. The pale band spans the lowest and highest step behind each point.</p>
<figure>${curve}${rest
    .filter(([, , values]) => values.length > 0)
    .map(([id, name, values]) => stripe(id, name, values, domain))}</figure>
${
  broken.length === 0
    ? undefined
    : html`<p class="note">The loss was not finite in ${whole(broken.length)} logged steps, first at step ${whole(
        broken[0]?.step as number,
      )}.</p>`
}
${numbers({
  caption: 'Loss by step',
  head: ['step', 'loss', 'learning rate', 'gradient norm'],
  rows: spread(loss, TABLE_ROWS).map((entry) => [
    whole(entry.step),
    plain(entry.loss),
    plain(entry.learningRate),
    plain(entry.gradNorm),
  ]),
})}`;
}

function lossCurve(points: Point[], domain: [number, number]): Html {
  const [first, last] = [points[0] as Point, points.at(-1) as Point];
  return figure(
    'loss',
    'Loss by step',
    `From ${plain(first.mean)} to ${plain(last.mean)} nats at step ${whole(last.step)}.`,
    (width) => ({
      ...MARGINS,
      width,
      height: width > 500 ? 300 : 230,
      marginTop: 30,
      marginBottom: 24,
      x: { domain },
      y: { nice: true },
      marks: [
        ...leftAxis({ label: 'loss, nats', ticks: 5 }),
        bottomAxis({ label: null, ticks: width > 500 ? 8 : 4, tickFormat: '~s' }),
        Plot.areaY(points, { x: 'step', y1: 'low', y2: 'high', fill: COLOUR.first, fillOpacity: 0.18 }),
        points.length === 1
          ? Plot.dot(points, { x: 'step', y: 'mean', fill: COLOUR.first })
          : Plot.lineY(points, { x: 'step', y: 'mean', stroke: COLOUR.first, strokeWidth: 2 }),
      ],
    }),
  );
}

/** A low plot under the loss on the same axis of steps. */
function stripe(id: string, name: string, points: Point[], domain: [number, number]): Html {
  const most = Math.max(...points.map((point) => point.mean));
  return figure(
    id,
    `${name} by step`,
    `At most ${plain(most)}, at the end ${plain((points.at(-1) as Point).mean)}.`,
    (width) => ({
      ...MARGINS,
      width,
      height: 120,
      marginTop: 30,
      marginBottom: 24,
      x: { domain },
      y: { domain: [0, most > 0 ? most : 1], nice: true },
      marks: [
        ...leftAxis({ label: name, ticks: 2, tickFormat: '~g' }),
        bottomAxis({ label: null, ticks: width > 500 ? 8 : 4, tickFormat: '~s' }),
        Plot.lineY(points, { x: 'step', y: 'mean', stroke: COLOUR.muted, strokeWidth: 1.5 }),
      ],
    }),
  );
}

function validation(run: ReportData): Html | undefined {
  const entries = run.validation ?? [];
  const names = [...new Set(entries.flatMap((entry) => Object.keys(entry.metrics)))];
  if (names.length === 0) return undefined;
  const lines = names
    .map((name) => ({
      name,
      points: entries
        .filter((entry) => isNumber(entry.metrics[name]))
        .map((entry) => ({ step: entry.step, value: entry.metrics[name] as number })),
    }))
    .filter(({ points }) => points.length > 0);
  return html`<h3>On held-out pairs</h3>
<p>The same model, measured during training on pairs it never learned from.</p>
<figure><div class="panels">${lines
    .slice(0, 6)
    .map(({ name, points }, i) => html`<div>${metricCurve(`validation-${i}`, name, points)}</div>`)}</div></figure>
${numbers({
  caption: 'Held-out figures by step',
  head: ['step', ...names.map(metricName)],
  rows: spread(entries, TABLE_ROWS).map((entry) => [
    whole(entry.step),
    ...names.map((name) => (/loss/i.test(name) ? plain : (v?: Measured) => metricValue(name, v))(entry.metrics[name])),
  ]),
})}`;
}

function metricCurve(id: string, name: string, points: { step: number; value: number }[]): Html {
  const last = points.at(-1) as { step: number; value: number };
  return figure(
    id,
    `${metricName(name)} by step, on held-out pairs`,
    `At the end ${plain(last.value)}.`,
    (width) => ({
      width,
      height: 170,
      marginLeft: 46,
      marginRight: 14,
      marginTop: 30,
      marginBottom: 24,
      y: { nice: true, zero: true },
      marks: [
        ...leftAxis({ label: cleanText(metricName(name)), ticks: 3, tickFormat: '~g' }),
        bottomAxis({ label: null, ticks: 3, tickFormat: '~s' }),
        Plot.lineY(points, { x: 'step', y: 'value', stroke: COLOUR.first, strokeWidth: 2 }),
        Plot.dot(points.length > 30 ? [last] : points, { x: 'step', y: 'value', fill: COLOUR.first, r: 3 }),
      ],
    }),
    { wide: 280, narrow: 340 },
  );
}
