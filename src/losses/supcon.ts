/** SupCon: positives are all rows with the anchor's label. */
import type { Engine, Pointer } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { mustKnowKeys } from '../options.js';
import { mustHaveShape, type Tensor } from '../tensor/index.js';
import type { Cast } from './cast.js';
import { learnable, scalar, TEMPERATURE } from './common.js';
import { type Positives, runProblem } from './contrast.js';
import type { Walk } from './plan.js';
import type { Scalar } from './problem.js';
import { softmaxFields } from './softmax.js';

/** Options of {@link supCon}. */
export interface SupConOptions {
  /** τ, dimensionless, 0.001 … 1000; a scalar tensor is learnt. The paper's: 0.1. */
  temperature: Scalar;
  /** A label for each row of a view: numbers or words. */
  labels: ArrayLike<number | string>;
}

/** Labels as 0, 1, …, in order of appearance, and how many rows have each. */
interface Classes {
  labels: Int32Array;
  sizes: Int32Array;
}

/**
 * Supervised contrastive loss (Khosla et al. 2020, the form with the sum outside; maths §2): for each anchor the mean over its positives
 * of log Σ_{k≠i} e^{s_ik/τ} − s_ij/τ. Anchors without positives are left out of the mean.
 *
 * @param views f32[n, d], or up to two views of the same rows, which share their labels; ≥ 2 rows in all
 * @returns mean loss over anchors with positives, a scalar, nats
 * @throws E_OPTION when no anchor has a positive, E_SHAPE, E_VALUE
 */
export function supCon(views: Tensor | readonly [Tensor, Tensor], options: SupConOptions): Tensor {
  const where = 'supCon';
  mustKnowKeys(where, options, ['temperature', 'labels']);
  const temperature = scalar(where, 'temperature', options.temperature, TEMPERATURE);
  const list: readonly Tensor[] = Array.isArray(views) ? views : [views as Tensor];
  const cast = castViews(where, list);
  const classes = checkLabels(where, options.labels, cast.rows, list.length);
  const softmax = { positiveIn: false, meanOfNegatives: false };
  const problem = {
    where,
    layout: 'image',
    objective: {
      statistics: 'infoNceStatistics',
      finish: 'infoNceFinish',
      gradients: 'infoNceGradients',
      bounds: [{ largest: 1 / temperature, range: 2 / temperature }],
      fields: (counts, engine) => softmaxFields(softmax, counts, engine),
    },
    positiveWeighted: false,
    symmetric: false,
    temperature,
    candidates: { inBatch: true },
    learnt: [learnable(options.temperature)],
  } satisfies Parameters<typeof runProblem>[1];
  return runProblem(cast, problem, classPositives(where, classes));
}

/** All rows are anchors, and candidates of each other. */
function castViews(where: string, views: readonly Tensor[]): Cast {
  if (views.length < 1 || views.length > 2) {
    throw new AdnceError('E_SHAPE', { where, what: `"views" must be one or two tensors, got ${views.length}` });
  }
  const first = views[0] as Tensor;
  mustHaveShape(where, 'views', first, [null, null], 'pass one embedding a row');
  const [n, d] = first.shape as [number, number];
  views.forEach((view) => {
    mustHaveShape(where, 'views', view, [n, d], 'both views need the same encoder output size');
  });
  const rows = n * views.length;
  if (rows < 2 || d < 1) {
    throw new AdnceError('E_SHAPE', {
      where,
      what: `at least 2 rows of length >= 1 are needed, got f32[${n},${d}]`,
    });
  }
  return {
    placements: views.map((tensor, k) => ({ name: 'views', tensor, side: 'U' as const, row: k * n })),
    rows,
    columns: rows,
    front: 0,
    gradColumns: rows,
    half: true,
    exclusions: [0],
    candidates: rows - 1,
    positiveOffset: 0,
    pairs: rows,
  };
}

function checkLabels(where: string, given: ArrayLike<number | string>, rows: number, views: number): Classes {
  const n = rows / views;
  if (given === null || typeof given !== 'object' || given.length !== n) {
    throw new AdnceError('E_OPTION', {
      where,
      what: `"labels" must hold one label for each of ${n} rows, got ${given?.length ?? given}`,
    });
  }
  const names = new Map<number | string, number>();
  const labels = Int32Array.from({ length: rows }, (_, i) => {
    const label = given[i % n] as number | string;
    if ((typeof label !== 'number' && typeof label !== 'string') || Number.isNaN(label)) {
      throw new AdnceError('E_OPTION', {
        where,
        what: `"labels" must be numbers or words, label ${i % n} is ${label}`,
        hint: 'give rows without a class a label of their own: they are left out',
      });
    }
    const known = names.get(label) ?? names.size;
    names.set(label, known);
    return known;
  });
  const sizes = new Int32Array(names.size);
  for (const label of labels) sizes[label] = (sizes[label] as number) + 1;
  if (sizes.every((size) => size < 2)) {
    throw new AdnceError('E_OPTION', {
      where,
      what: `"labels" must give at least one anchor a positive: some label on 2 rows or more, got ${names.size} different labels on ${rows} rows`,
      hint: 'draw batches with at least 2 rows of a class, or pass two views of each row',
    });
  }
  return { labels, sizes };
}

/** Positives by class sums of unit rows. */
function classPositives(where: string, { labels, sizes }: Classes): Positives {
  const anchors = labels.reduce((sum, label) => sum + Number((sizes[label] as number) > 1), 0);
  const place = { labels: 0, sizes: 0, sums: 0 };
  const sumsOf = (engine: Engine, walk: Walk, factors: Pointer) => {
    const sums = engine.stackZeros(sizes.length * walk.depth * 2, where);
    engine.core.classSums(walk.pointer, place.labels, factors, sums);
    return sums;
  };
  return {
    shares: Float64Array.from(labels, (label) => ((sizes[label] as number) > 1 ? 1 / anchors : 0)),
    scores(engine, walk, out) {
      place.labels = engine.stackI32(labels, where);
      place.sizes = engine.stackI32(sizes, where);
      place.sums = sumsOf(engine, walk, 0);
      engine.core.classScores(walk.pointer, place.labels, place.sizes, place.sums, out);
    },
    gradients(engine, walk, slopes) {
      const weighted = sumsOf(engine, walk, slopes);
      engine.core.classGradients(walk.pointer, place.labels, place.sizes, place.sums, weighted, slopes);
    },
  };
}
