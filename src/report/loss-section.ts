/** How the training went: loss, learning rate, gradient norm, and the figures on held-out pairs. */
import * as Plot from '@observablehq/plot';
import { curvePanel } from './curve.js';
import { AXIS_HEIGHT, COLOUR, figure, leftAxis, stepAxis, stepDomain } from './figure.js';
import { isNumber, metricName, metricTick, metricValue, plain, whole } from './format.js';
import { type Html, html } from './html.js';
import { absent, numbers, type Section, spread } from './page.js';
import type { Measured, ReportData, ReportLoss } from './types.js';

/** Points of a curve; more than a screen can tell apart are put together. */
const MOST_POINTS = 400;
const TABLE_ROWS = 12;
const MARGINS = { marginLeft: 52, marginRight: 16 };

const EXPLAINED: Record<string, string> = {
  'learning rate': 'The learning rate sets how far a step moves the weights.',
  'gradient norm': 'The gradient norm is how hard the loss pulls at them: peaks are restless moments.',
};

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
  const domain = stepDomain(loss);
  const curve = points.length === 0 ? undefined : lossCurve(points, domain);
  const rest: [string, string, Point[]][] = [
    ['learning-rate', 'learning rate', bucket(loss, (entry) => entry.learningRate)],
    ['gradient', 'gradient norm', bucket(loss, (entry) => entry.gradNorm)],
  ];
  const stripes = rest.filter(([, , values]) => values.length > 0);
  return html`<p>The <b>contrastive loss</b> is how surprised the model is by which positive belongs to which anchor among the
other pairs of a batch. It is measured in nats: 0 is no surprise at all.</p>
${
  curve === undefined && stripes.length === 0
    ? undefined
    : html`<figure>${curve}${stripes.map(([id, name, values]) => stripe(id, name, values, domain))}
<figcaption>A step is one move of the weights. A falling loss means learning; once it stays flat, more steps
change little.${points.length < loss.length - broken.length ? ' Each point is the mean of neighbouring steps, the pale band spans their lowest and highest.' : undefined}${stripes.map(([, name]) => ` ${EXPLAINED[name]}`)}</figcaption></figure>`
}
${
  broken.length === 0
    ? undefined
    : html`<p class="note">The loss was not finite in ${whole(broken.length)} logged steps, first at step ${whole(
        broken[0]?.step as number,
      )}.</p>`
}
${numbers({
  caption: 'loss by step',
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
      marginBottom: AXIS_HEIGHT,
      x: { domain },
      y: { nice: true },
      marks: [
        ...leftAxis({ label: 'loss, nats', ticks: 5 }),
        stepAxis(width > 500 ? 8 : 4),
        Plot.areaY(points, { x: 'step', y1: 'low', y2: 'high', fill: COLOUR.first, fillOpacity: 0.18 }),
        trace(points, COLOUR.first, 2),
      ],
    }),
  );
}

/** A line through the means; a dot where there is only one. */
function trace(points: Point[], colour: string, strokeWidth: number): Plot.Markish {
  return points.length === 1
    ? Plot.dot(points, { x: 'step', y: 'mean', fill: colour })
    : Plot.lineY(points, { x: 'step', y: 'mean', stroke: colour, strokeWidth });
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
      height: 132,
      marginTop: 30,
      marginBottom: AXIS_HEIGHT,
      x: { domain },
      y: { domain: [0, most > 0 ? most : 1], nice: true },
      marks: [...leftAxis({ label: name, ticks: 2 }), stepAxis(width > 500 ? 8 : 4), trace(points, COLOUR.muted, 1.5)],
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
    .map(({ name, points }, i) => html`<div>${metricCurve(i, name, points)}</div>`)}</div>
<figcaption>Rising recall and MRR mean that the model finds more (a rank or a loss should fall). When they turn while the loss
above still improves, the model has begun to learn by heart.</figcaption></figure>
${numbers({
  caption: 'held-out figures by step',
  head: ['step', ...names.map(metricName)],
  rows: spread(entries, TABLE_ROWS).map((entry) => [
    whole(entry.step),
    ...names.map((name) => (/loss/i.test(name) ? plain : (v?: Measured) => metricValue(name, v))(entry.metrics[name])),
  ]),
})}`;
}

function metricCurve(i: number, metric: string, points: { step: number; value: number }[]): Html {
  const name = metricName(metric);
  return curvePanel({
    id: `validation-${i}`,
    name,
    title: `${name} by step, on held-out pairs`,
    points,
    tickFormat: (value) => metricTick(metric, value),
  });
}
