/** The robust view over time: how far the worst case may go, and what it does to the scores (the paper's Figure 2). */
import { curvePanel } from './curve.js';
import { QUARTER, THIRD } from './figure.js';
import { isNumber, plain, tick, whole } from './format.js';
import { type Html, html } from './html.js';
import { absent, numbers, type Section, spread } from './page.js';
import type { ReportData, ReportRobust } from './types.js';

const TABLE_ROWS = 12;

/** A number of the entries. */
interface Quantity {
  key: Exclude<keyof ReportRobust, 'step' | 'negatives'>;
  name: string;
  /** What a newcomer reads under the plots. */
  told: Html;
  /** Shown only where it changes: a setting that stays is no curve. */
  setting?: boolean;
}

const QUANTITIES: readonly Quantity[] = [
  {
    key: 'radius',
    name: 'radius η',
    told: html`<b>Radius</b>: how far the weights that the objective gives to negatives are from equal ones, 0 if they are no different. The lower the temperature and the wider the scores are spread, the larger.`,
  },
  {
    key: 'effectiveSampleSize',
    name: 'effective negatives',
    told: html`<b>Effective negatives</b>: how many negatives share the work. Where they are few, a handful of pairs decides what is learned.`,
  },
  {
    key: 'temperature',
    name: 'temperature τ',
    setting: true,
    told: html`<b>Temperature</b>: it followed the scores, to hold the radius in the batches of the training.`,
  },
  {
    key: 'mu',
    name: 'centre μ',
    setting: true,
    told: html`<b>μ</b>: the score around which ADNCE weighs negatives most.`,
  },
  { key: 'sigma', name: 'width σ', setting: true, told: html`<b>σ</b>: how wide ADNCE’s bell curve is.` },
  {
    key: 'positiveMean',
    name: 'mean of positives',
    told: html`<b>Mean of positives</b>: how alike true pairs look to the model, 1 at best.`,
  },
  {
    key: 'negativeVariance',
    name: 'variance of negatives',
    told: html`<b>Variance of negatives</b>: how widely the scores of one anchor’s negatives are spread. Of two runs the one with the lower temperature ends with less of it, and with a lower mean of positives (the paper’s Figure 2).`,
  },
];

export function robustSection(run: ReportData): Section {
  const entries = run.robust ?? [];
  const shown = QUANTITIES.filter(({ key, setting = false }) => {
    const values = entries.map((entry) => entry[key]).filter(isNumber);
    return values.length > 0 && (!setting || new Set(values).size > 1);
  });
  const reason = 'The robust view of this run was not recorded (it is taken from the held-out pairs that steer a run).';
  return {
    id: 'robust',
    title: 'The robust view over time',
    body: shown.length === 0 ? absent(reason) : robustBody(entries, shown),
  };
}

function robustBody(entries: readonly ReportRobust[], shown: readonly Quantity[]): Html {
  const last = entries.at(-1) as ReportRobust;
  // The table has the settings that stay, too.
  const columns = QUANTITIES.filter(({ key }) => entries.some((entry) => isNumber(entry[key])));
  return html`<p>Imagine an <b>adversary</b> who may shift weight among the negatives of an anchor, to make the task harder. That is what
InfoNCE trains against, and every worst case of a divergence; ADNCE, HCL, α-CL and SigLIP set such weights by a rule of their own, and it is
these that are looked at. The <b>temperature τ</b> is the adversary’s price: the lower it is, the farther the weights may move from
equal ones. Measured on held-out anchors with ${whole(last.negatives)} negatives each, no more than in a training batch: before the first step and at
every validation.</p>
<figure><div class="panels${shown.length === 4 ? ' panels-4' : ''}">${shown.map(({ key, name }, i) => {
    const points = entries.filter((entry) => isNumber(entry[key]));
    return html`<div>${curvePanel({
      id: `robust-${i}`,
      name,
      title: `${name} by step, on held-out pairs`,
      points: points.map((entry) => ({ step: entry.step, value: entry[key] as number })),
      tickFormat: tick,
      widths: shown.length === 4 ? QUARTER : THIRD,
      zero: key === 'positiveMean' || key === 'effectiveSampleSize' || key === 'radius',
    })}</div>`;
  })}</div>
<figcaption>${shown.map(({ told }) => html`<p>${told}</p>`)}</figcaption></figure>
${numbers({
  caption: 'the robust view by step',
  head: ['step', ...columns.map(({ name }) => name)],
  rows: spread(entries, TABLE_ROWS).map((entry) => [whole(entry.step), ...columns.map(({ key }) => plain(entry[key]))]),
})}`;
}
