/**
 * The losses and their analytic gradients as ONNX graphs, with as few passes over the scores as the operators allow. No row
 * needs a maximum of its own: cosines are at most 1, so 1/τ bounds every logit.
 *
 *     E = e^{(s−1)/τ},  Z = Σ_j E,  r = c/Z,  c = 1/(rows·τ):    ∂L/∂U = r∘(E·V) − c·V,   ∂L/∂V = Eᵀ·(r∘U) − c·U
 *
 * In layout image E is symmetric, so both roles of a row are r∘(E·Z) + E·(r∘Z). A row's product with itself needs no mask
 * there: what it adds to the gradient points along the row and falls out in the normalisation.
 */
import { Graph, real, type Value } from '../../interop/onnx/graph.js';
import type { Problem } from './problem.js';

/** The model of a problem: inputs a, b f32[n, d]; outputs loss f32[1, 1], da, db f32[n, d]. */
export function lossModel(problem: Problem): Uint8Array {
  const { n, d, case: name } = problem;
  const graph = new LossGraph(problem);
  const a = graph.input('a', [n, d]);
  const b = graph.input('b', [n, d]);
  const { loss, da, db } = name === 'cross' ? graph.cross(a, b) : graph.image(a, b);
  graph.output('loss', [1, 1], loss);
  graph.output('da', [n, d], da);
  graph.output('db', [n, d], db);
  return graph.encode();
}

/** Unit rows, and 1/norm of each. */
interface Unit {
  rows: Value;
  inverse: Value;
}

interface Outputs {
  loss: Value;
  da: Value;
  db: Value;
}

class LossGraph extends Graph {
  readonly #problem: Problem;

  constructor(problem: Problem) {
    super();
    this.#problem = problem;
  }

  cross(a: Value, b: Value): Outputs {
    const { n, temperature } = this.#problem;
    const c = 1 / (n * temperature);
    const [u, v] = [this.#unit(a), this.#unit(b)];
    const e = this.op('Exp', [this.#scores(u.rows, v.rows, 1 / temperature, -1 / temperature)]);
    const z = this.#rowSum(e);
    const r = this.op('Div', [this.scalar(c), z]);
    const du = this.#sub(this.#mul(this.op('MatMul', [e, v.rows]), r), this.#scale(v.rows, c));
    const dv = this.#sub(this.op('Gemm', [e, this.#mul(u.rows, r)], { transA: 1 }), this.#scale(u.rows, c));
    return {
      loss: this.#meanLoss(z, this.#rowSum(this.#mul(u.rows, v.rows))),
      da: this.#back(du, u),
      db: this.#back(dv, v),
    };
  }

  image(a: Value, b: Value): Outputs {
    const [u, v] = [this.#unit(a), this.#unit(b)];
    const both = (x: Value, y: Value) => this.op('Concat', [x, y], { axis: 0 });
    const z: Unit = { rows: both(u.rows, v.rows), inverse: both(u.inverse, v.inverse) };
    const partners = both(v.rows, u.rows);
    const positives = this.#rowSum(this.#mul(z.rows, partners));
    const rule = this.#problem.case === 'adnce' ? this.#adnce(z.rows, positives) : this.#ntXent(z.rows);
    const { weights, r, pull } = rule;
    const asAnchor = this.#mul(this.op('MatMul', [weights, z.rows]), r);
    const asCandidate = this.op('MatMul', [weights, this.#mul(z.rows, r)]);
    const gradient = this.#add(this.#add(asAnchor, asCandidate), this.#mul(partners, pull));
    const [da, db] = this.ops('Split', [this.#back(gradient, z)], 2, { axis: 0 });
    return { loss: this.#meanLoss(rule.sum, positives), da: da as Value, db: db as Value };
  }

  /** Every row's share of the gradient: `weights` of all candidates times `r`, and `pull` times its partner. */
  #ntXent(z: Value): { weights: Value; r: Value; pull: Value; sum: Value } {
    const { n, temperature } = this.#problem;
    const c = 1 / (2 * n * temperature);
    const weights = this.op('Exp', [this.#scores(z, z, 1 / temperature, -1 / temperature)]);
    const self = this.op('Exp', [
      this.#shift(this.#scale(this.#rowSum(this.#mul(z, z)), 1 / temperature), -1 / temperature),
    ]);
    const sum = this.#sub(this.#rowSum(weights), self);
    return { weights, sum, r: this.op('Div', [this.scalar(c), sum]), pull: this.scalar(-2 * c) };
  }

  /**
   * With t = s − μ: weights e^{−t²/2σ²} and terms e^{t/τ − t²/2σ²}. Self and partner, who are no negatives, are taken off the
   * sums and products row by row.
   */
  #adnce(z: Value, positives: Value): { weights: Value; r: Value; pull: Value; sum: Value } {
    const { n, temperature, mu, sigma } = this.#problem;
    const c = 1 / (2 * n * temperature);
    const unit = Math.exp((mu - 1) / temperature);
    const termsOf = (t: Value) => {
      const weight = this.op('Exp', [this.#scale(this.#mul(t, t), -0.5 / sigma ** 2)]);
      return { weight, term: this.#mul(this.op('Exp', [this.#scale(t, 1 / temperature)]), weight) };
    };
    const all = termsOf(this.#scores(z, z, 1, -mu));
    const self = termsOf(this.#shift(this.#rowSum(this.#mul(z, z)), -mu));
    const partner = termsOf(this.#shift(positives, -mu));
    const negatives = (of: 'weight' | 'term') => this.#sub(this.#sub(this.#rowSum(all[of]), self[of]), partner[of]);
    const scale = this.op('Div', [this.scalar(unit * (2 * n - 2)), negatives('weight')]);
    const own = this.op('Exp', [this.#scale(this.#shift(positives, -1), 1 / temperature)]);
    const sum = this.#add(this.#mul(negatives('term'), scale), own);
    const r = this.op('Div', [this.#scale(scale, c), sum]);
    const attraction = this.#scale(this.#shift(this.op('Div', [own, sum]), -1), c);
    const share = this.#sub(attraction, this.#mul(r, partner.term));
    // A pair attracts through both of its anchors.
    return { weights: all.term, sum, r, pull: this.#add(share, this.#swapHalves(share)) };
  }

  #swapHalves(x: Value): Value {
    const [first, second] = this.ops('Split', [x], 2, { axis: 0 });
    return this.op('Concat', [second as Value, first as Value], { axis: 0 });
  }

  #unit(x: Value): Unit {
    const norm = this.op('Sqrt', [this.#rowSum(this.#mul(x, x))]);
    const inverse = this.op('Reciprocal', [norm]);
    return { rows: this.#mul(x, inverse), inverse };
  }

  /** From the gradient of unit rows to that of the rows: (g − u (u·g))/‖a‖. */
  #back(g: Value, { rows, inverse }: Unit): Value {
    const along = this.#rowSum(this.#mul(g, rows));
    return this.#mul(this.#sub(g, this.#mul(rows, along)), inverse);
  }

  /** factor·(u·vᵀ) + shift. */
  #scores(u: Value, v: Value, factor: number, shift: number): Value {
    return this.op('Gemm', [u, v, this.scalar(shift)], { alpha: real(factor), transB: 1 });
  }

  /** mean(log sum − p/τ) + 1/τ, with the sum scaled by e^{−1/τ}. */
  #meanLoss(sum: Value, positives: Value): Value {
    const { temperature } = this.#problem;
    const rows = this.#sub(this.op('Log', [sum]), this.#scale(positives, 1 / temperature));
    return this.#shift(this.op('ReduceMean', [rows]), 1 / temperature);
  }

  #rowSum(x: Value): Value {
    return this.op('ReduceSum', [x, this.axis(1)], { keepdims: 1 });
  }

  #mul(x: Value, y: Value): Value {
    return this.op('Mul', [x, y]);
  }

  #add(x: Value, y: Value): Value {
    return this.op('Add', [x, y]);
  }

  #sub(x: Value, y: Value): Value {
    return this.op('Sub', [x, y]);
  }

  #scale(x: Value, factor: number): Value {
    return this.#mul(x, this.scalar(factor));
  }

  #shift(x: Value, by: number): Value {
    return this.#add(x, this.scalar(by));
  }
}
