/** Weights of the negatives in golden cases, row by row, from cosines of the core. */
import { adnceWeights, klWeights } from '../../dro/index.js';
import { engine } from '../../engine/index.js';
import type { Layout } from '../../losses/index.js';
import { tensor } from '../../tensor/index.js';
import { compareTensor, type GoldenResult, type Matrix } from './bar.js';
import { type ObjectiveCase, scoreGradients } from './calls.js';

/** The weights of one anchor's negatives. */
function weightsOf(scores: Float32Array, golden: ObjectiveCase): ArrayLike<number> {
  const { objective, params } = golden;
  const number = (key: string) => Number(params[key]);
  if (objective === 'adnce') return adnceWeights(scores, { mu: number('mu'), sigma: number('sigma') });
  if (objective === 'hcl') return klWeights(scores, { temperature: number('temperature') / number('beta') });
  // Those of all others are their gradients: of mean 1, or what they are where nothing normalises them.
  const gradients = scoreGradients(scores, golden);
  return params.normalized === false ? gradients : gradients.map((g) => g * scores.length);
}

/** Holds the weights of all rows against the bar. */
export function compareWeights(result: GoldenResult, golden: ObjectiveCase, condition: number): void {
  const { a, layout, objective } = golden;
  const n = a.length;
  const rows = layout === 'image' ? [...a, ...(golden.b as Matrix)] : a;
  const columns = layout === 'image' ? rows : (golden.b as Matrix);
  const cosines = cosineMatrix(rows, columns);
  const diagonal = objective === 'adnce' && layout === 'sentence';
  const got = rows.flatMap((_, i) => {
    const candidates = columns.map((_, j) => j).filter((j) => diagonal || isCandidate(layout, i, j, n));
    const scores = Float32Array.from(candidates, (j) => cosines[i * columns.length + j] as number);
    return Array.from(weightsOf(scores, golden));
  });
  compareTensor(result, 'weights', got, (golden.weights as Matrix).flat(), condition);
}

/** Whether column j is a negative in row i: all but the anchor and its positive. */
function isCandidate(layout: Layout, i: number, j: number, n: number): boolean {
  return layout === 'image' ? j !== i && j % n !== i % n : j !== i;
}

function cosineMatrix(rows: Matrix, columns: Matrix): Float32Array {
  const owner = engine();
  const d = rows[0]?.length ?? 0;
  return owner.step(() => {
    const { core } = owner;
    const unit = (matrix: Matrix) => {
      const source = tensor(matrix.flat(), [matrix.length, d]);
      const target = owner.stackF32(matrix.length * d + 8, 'unit rows');
      const inverse = owner.arena.stack(matrix.length * 8, 'norms');
      core.l2NormalizeForward(source.pointer, matrix.length, d, target, d * 4, inverse);
      return target;
    };
    const u = unit(rows);
    const v = unit(columns);
    const count = rows.length * columns.length;
    const out = owner.stackF32(count, 'cosines');
    const work = owner.arena.stack(core.similarityWorkBytes(rows.length, columns.length, d), 'cosines');
    core.similarities(u, v, rows.length, columns.length, d, out, work);
    return owner.f32.slice(out >>> 2, (out >>> 2) + count);
  });
}
