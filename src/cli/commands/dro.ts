/**
 * `adnce dro`: the robust view of a run on data: how far its temperature lets the worst case go, which negatives carry it, and
 * which of them look like no negatives at all.
 */
import { TIGHTNESS_TEMPERATURES } from '../../dro/index.js';
import { AdnceError } from '../../errors.js';
import type { DroDivergence } from '../../losses/index.js';
import { mustBeInteger } from '../../options.js';
import { fixed, percent, plain, whole } from '../../report/format.js';
import { oneLine } from '../../report/html.js';
import { cut, textTable } from '../../report/terminal.js';
import type { StepParameters, TrainOptions } from '../../train/index.js';
import { type ReadOptions, readPairs } from '../read/index.js';
import { retrievalOf } from '../session/data.js';
import { openRun } from '../session/open.js';
import {
  type Adversary,
  adversaryOf,
  amongOwn,
  analyseTask,
  analysisOf,
  hasNegatives,
  type NamedAnalysis,
  parametersOf,
} from '../session/robust.js';
import { answer, columns, faint, type Output, say, title } from '../terminal.js';

export interface DroCommand extends Output {
  run: string;
  data: string;
  read: ReadOptions;
  /** That of the run if left out. */
  divergence: DroDivergence | undefined;
  /** Order of `cressie_read`, α of `alpha`, level of `cvar`. */
  order: number | undefined;
  level: number | undefined;
  /** τ; that of the run if left out. */
  temperature: number | undefined;
  /** Most anchors that are looked at. */
  anchors: number;
  /** Suspected false negatives that are listed. */
  count: number;
}

/** @throws what data, run and options can give */
export async function dro(command: DroCommand): Promise<void> {
  const { run, data, read, count } = command;
  const { encoder, config } = await openRun(run);
  const trained = config.train as TrainOptions;
  mustBeInteger('dro', 'anchors', command.anchors, { min: 1 });
  mustBeInteger('dro', 'count', count, { min: 0 });
  const adversary = adversaryFor(command, trained, parametersOf(encoder, trained));
  const { temperature } = adversary;
  const task = amongOwn(retrievalOf(await readPairs(data, read)), command.anchors);
  encoder.mustTake(data, task.queries);
  if (!hasNegatives(task)) {
    throw new AdnceError('E_DATA', {
      where: data,
      what: 'every anchor needs a positive of another anchor as its negative, got an anchor without one',
      hint: 'name a file with more pairs, or raise --anchors',
    });
  }
  const analysis = analyseTask(encoder, task, {
    ...analysisOf(adversary),
    batchNegatives: Math.max(1, trained.batchSize - 1),
    limit: count,
    // The table of the mean–variance form has a row for the temperature at hand.
    ...(temperature === undefined
      ? {}
      : { temperatures: [...new Set([...TIGHTNESS_TEMPERATURES, temperature])].sort((a, b) => a - b) }),
  });
  const { divergence: _, own, ...parameters } = adversary;
  const weights = own?.name ?? null;
  answer(command, { run, data, batchSize: trained.batchSize, ...parameters, weights, ...analysis });
  if (command.divergence === undefined && trained.loss === 'triplet') {
    say(
      command,
      faint('The triplet loss weighs all negatives within its margin alike and has no adversary: this is InfoNCE’s.'),
    );
  }
  printView(command, analysis, trained.batchSize, weights);
  printSuspects(command, analysis);
}

/** The adversary that is asked for; what is not said is that of the run. */
function adversaryFor(command: DroCommand, trained: TrainOptions, learned: StepParameters): Adversary {
  const { divergence, order, level, temperature } = command;
  const now = { ...learned, ...(temperature === undefined ? {} : { temperature }) };
  const run = adversaryOf(trained, now) ?? { divergence: 'kl', temperature: now.temperature };
  if (divergence === undefined && run.own !== undefined && order === undefined && level === undefined) return run;
  const { own: _, ...named } = run;
  const other: Adversary =
    divergence === 'cvar' ? { divergence } : { divergence: divergence ?? 'kl', temperature: now.temperature };
  const chosen = divergence === undefined || divergence === named.divergence ? named : other;
  mustBeComplete(chosen, order, level);
  return {
    ...chosen,
    ...(order === undefined ? {} : chosen.divergence === 'alpha' ? { alpha: order } : { order }),
    ...(level === undefined ? {} : { level }),
    ...(temperature === undefined ? {} : { temperature }),
  };
}

/** Refuses a divergence without the number that it is one of a family by. */
function mustBeComplete(chosen: Adversary, order: number | undefined, level: number | undefined): void {
  const missing =
    chosen.divergence === 'cvar' && (level ?? chosen.level) === undefined
      ? ['--level', '0 < level <= 1: the share of the hardest negatives']
      : chosen.divergence === 'cressie_read' && (order ?? chosen.order) === undefined
        ? ['--order', '-4 … 20: 2 is χ², 1 is KL, 0 is reverse KL']
        : chosen.divergence === 'alpha' && (order ?? chosen.alpha) === undefined
          ? ['--order', '-4 … 20: α of the divergence']
          : null;
  if (missing === null) return;
  throw new AdnceError('E_OPTION', {
    where: 'dro',
    what: `--divergence ${chosen.divergence} needs ${missing[0]}, got none`,
    hint: `${missing[0]} is a number, ${missing[1]}`,
  });
}

/** A number, its name, and what to make of it. */
type Row = [what: string, value: string, note: string];

/** @param weights the objective whose own weights are looked at; null for the worst case of the divergence */
function printView(output: Output, analysis: NamedAnalysis, batchSize: number, weights: string | null): void {
  const { anchors, divergence, temperature } = analysis;
  const tau = temperature === null ? '' : `, τ = ${plain(temperature)}`;
  const whose = weights === null ? `divergence ${divergence}` : `weights of ${weights}`;
  say(output, `${title('The robust view')}: ${whole(anchors)} anchors, ${whose}${tau}`);
  if (weights !== null) {
    say(output, faint(`${weights} is no worst case of a divergence: the radius is how far its own weights are from`));
    say(output, faint('equal ones (KL). The last rows are what theory says of InfoNCE at this τ.'));
  }
  const rows = [
    ...scoreRows(analysis),
    ...worstCaseRows(analysis, weights),
    ...theoryRows(analysis, batchSize, weights),
  ];
  say(
    output,
    textTable(
      rows.map(([what, value, note]) => ({ what, value, note })),
      ['what', { key: 'value', align: 'right' }, 'note'],
      { width: columns() },
    ),
  );
}

function scoreRows({ scores }: NamedAnalysis): Row[] {
  const { positive, negative } = scores;
  const deviation = (variance: number) => `give or take ${fixed(Math.sqrt(variance), 3)}`;
  return [
    ['score of positives', fixed(positive.mean, 3), deviation(positive.variance)],
    [
      'score of negatives',
      fixed(negative.mean, 3),
      `${deviation(negative.variance)}, the largest ${fixed(negative.largest, 3)}`,
    ],
  ];
}

function worstCaseRows(analysis: NamedAnalysis, weights: string | null): Row[] {
  const { divergence, dual, effectiveSampleSize, hardest, negatives, radius } = analysis;
  const rows: Row[] = [['  as they are weighed', fixed(dual, 3), `mean score under ${weights ?? 'the worst'} weights`]];
  // CVaR has a level in place of a radius.
  if (divergence !== 'cvar') {
    rows.push([
      'radius η, nats',
      plain(radius.mean),
      `anchors from ${plain(radius.smallest)} to ${plain(radius.largest)}`,
    ]);
    if (weights === null && radius.approximation !== null) {
      rows.push(['  by variance alone', plain(radius.approximation), 'Corollary 3.4']);
    }
    if (radius.limit !== null) rows.push(['  at most', plain(radius.limit), 'all weight on the hardest negative']);
  }
  return [
    ...rows,
    ['effective negatives', whole(effectiveSampleSize.mean), `of ${whole(negatives.mean)} carry the weight`],
    ['weight on hardest 1%', percent(hardest.percent1), 'of the negatives; equal weights: 1.0%'],
    ['weight on hardest 10%', percent(hardest.percent10), 'equal weights: 10.0%'],
  ];
}

function theoryRows(analysis: NamedAnalysis, batchSize: number, weights: string | null): Row[] {
  const { bound, radius, temperature, tightness } = analysis;
  const rows: Row[] = [];
  if (weights !== null && radius.ofTemperature !== null) {
    rows.push(['radius of InfoNCE', plain(radius.ofTemperature), 'of its weights at this τ']);
  }
  if (bound !== null) {
    const within = `off at most, 95 times in 100, in a batch of ${whole(batchSize)}`;
    const note = bound.vacuous ? 'says nothing: beyond the span of the scores' : within;
    rows.push(['bound, Theorem 3.3', plain(bound.bound), note]);
  }
  const here = tightness.find((row) => row.temperature === temperature);
  if (here !== undefined) {
    rows.push(['error of mean–variance', percent(here.relativeGap), 'of what the worst case adds to the mean']);
  }
  return rows;
}

const LABELS = { anchor: 'anchor', candidate: 'suspect', ownPositive: 'its own' } as const;
const LABEL_WIDTH = 9;
/** Room for a score and a weight behind a text. */
const FIGURES_WIDTH = 24;

function printSuspects(output: Output, { suspects }: NamedAnalysis): void {
  const { total, negatives, floor, pairs } = suspects;
  say(output, `\n${title('Suspected false negatives')}: ${whole(total)} of ${whole(negatives)} negatives`);
  say(output, faint(`At least about as near to the anchor as its own positive, with a score of ${fixed(floor, 2)}`));
  say(output, faint('or more, and pushed away harder than the average negative, whose weight is 1.'));
  const room = Math.min(columns(), 120) - LABEL_WIDTH - 2;
  const line = (label: string, text: string, figures: string) => {
    if (figures === '') return `  ${faint(label.padEnd(LABEL_WIDTH))}${cut(oneLine(text), room)}`;
    return `  ${faint(label.padEnd(LABEL_WIDTH))}${cut(oneLine(text), room - FIGURES_WIDTH)}  ${faint(figures)}`;
  };
  for (const { anchor, candidate, ownPositive, score, positive, weight } of pairs) {
    say(output, `\n${line(LABELS.anchor, anchor, '')}`);
    say(output, line(LABELS.candidate, candidate, `score ${fixed(score, 2)}, weight ${plain(weight)}`));
    say(output, line(LABELS.ownPositive, ownPositive, `score ${fixed(positive, 2)}`));
  }
}
