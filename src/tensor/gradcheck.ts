/**
 * Holds the gradients of ops against differences of their values. Values are float32, so a difference of two is only as good
 * as 2⁻²⁴/ε; four points, (8(f₊₁ − f₋₁) − (f₊₂ − f₋₂))/12ε, allow a large ε, since what they leave out is of order ε⁴.
 */
import { engine, type Pointer } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { mustBeBoolean, mustBeInteger, mustBeNumber, mustKnowKeys } from '../options.js';
import { SparseParameter } from './sparse.js';
import { noGrad } from './tape.js';
import { shapeText, type Tensor } from './tensor.js';

/** Options of {@link gradcheck}. */
export interface GradcheckOptions {
  /** Step of the differences. Default 0.02. */
  eps?: number;
  /** Largest error, see {@link GradcheckMismatch.error}. Default 1e-3. */
  tolerance?: number;
  /** Inputs of up to this many numbers are checked one by one, longer ones along random directions. Default 64. */
  elements?: number;
  /** Number of random directions. Default 8. */
  directions?: number;
  /** Seed of the directions. Default 0. */
  seed?: number;
  /** Throw E_VALUE instead of returning `ok: false`. Default false. */
  throws?: boolean;
}

/** The worst disagreement of a {@link gradcheck}. */
export interface GradcheckMismatch {
  /** Name of the input, and the element or direction. */
  where: string;
  analytic: number;
  numeric: number;
  /**
   * |analytic − numeric|, less what rounding the values to float32 may do to the difference, over the largest |gradient| of
   * the input (a thousandth of that of all inputs at least).
   */
  error: number;
}

export interface GradcheckResult {
  /** Everything within tolerance, and the same bits from both runs. */
  ok: boolean;
  worst: GradcheckMismatch;
  /** Whether running value and gradients twice gave the same bits. */
  deterministic: boolean;
  /** Number of derivatives compared. */
  checked: number;
}

/** (8 + 8 + 1 + 1)/12 roundings of half a ULP: what float32 does to the difference of values near 1, times ε. */
const ROUNDING = 2 ** -23;

type Fn<T extends readonly Tensor[]> = (...inputs: T) => Tensor;

/**
 * Compares the gradients of a scalar function with central differences, and runs it twice to see the same bits.
 * Functions should be smooth within 2ε of their inputs: keep away from the kink of ReLU.
 *
 * @param fn makes a scalar of the inputs by ops; it runs many times, each in a step of its own
 * @param inputs tensors made outside a step; those that require a gradient are checked. Their gradients are zero afterwards
 * @throws E_STATE inside a step, E_SHAPE when the result is no scalar, E_OPTION, E_VALUE if `throws`
 */
export function gradcheck<T extends readonly Tensor[]>(
  fn: NoInfer<Fn<T>>,
  inputs: T,
  options: GradcheckOptions = {},
): GradcheckResult {
  const where = 'gradcheck';
  mustKnowKeys(where, options, ['eps', 'tolerance', 'elements', 'directions', 'seed', 'throws']);
  const eps = mustBeNumber(where, 'eps', options.eps ?? 0.02, { above: 0 });
  const tolerance = mustBeNumber(where, 'tolerance', options.tolerance ?? 1e-3, { above: 0 });
  const elements = mustBeInteger(where, 'elements', options.elements ?? 64, { min: 0 });
  const directions = mustBeInteger(where, 'directions', options.directions ?? 8, { min: 1 });
  const seed = mustBeInteger(where, 'seed', options.seed ?? 0, { min: 0 });
  const throws = mustBeBoolean(where, 'throws', options.throws ?? false);

  const first = analyticGradients(fn, inputs);
  const second = analyticGradients(fn, inputs);
  const result: GradcheckResult = {
    ok: true,
    worst: { where: '', analytic: 0, numeric: 0, error: 0 },
    deterministic: first.every((values, k) => sameBits(values, second[k] as Float32Array)),
    checked: 0,
  };
  const largestOf = (values: Float32Array) => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const floor = 1e-3 * Math.max(...first.slice(1).map(largestOf));
  const noise = (ROUNDING * Math.abs(first[0]?.[0] as number)) / eps;
  inputs.forEach((input, k) => {
    if (!input.requiresGrad) return;
    const gradient = first[k + 1] as Float32Array;
    const largest = Math.max(largestOf(gradient), floor, Number.MIN_VALUE);
    const oneByOne = input.length <= elements;
    const count = oneByOne ? input.length : directions;
    for (let i = 0; i < count; i++) {
      const direction = oneByOne ? unit(input.length, i) : randomDirection(input.length, seed, i);
      const { analytic, numeric } = along(fn, inputs, input, gradient, direction, eps);
      const difference = Math.abs(analytic - numeric);
      const error = Math.max(difference - noise, 0) / largest;
      result.checked++;
      // A NaN is the worst there is, and stays.
      if (!(error <= result.worst.error || Number.isNaN(result.worst.error))) {
        const place = oneByOne ? `${input.name}[${i}]` : `${input.name} along direction ${i}`;
        result.worst = { where: `input ${k}, ${place}`, analytic, numeric, error };
      }
    }
  });
  result.ok = result.deterministic && result.worst.error <= tolerance;
  if (throws && !result.ok) refuse(result, tolerance);
  return result;
}

function refuse({ worst, deterministic }: GradcheckResult, tolerance: number): never {
  throw new AdnceError('E_VALUE', {
    where: 'gradcheck',
    what: deterministic
      ? `the gradient at ${worst.where} must be ${worst.numeric} as differences say, got ${worst.analytic} (error ${worst.error}, tolerance ${tolerance})`
      : 'two runs of the function must give the same bits, got different ones',
    hint: deterministic
      ? 'look at the backward of the op, or at a kink near the input'
      : 'give random ops a fixed seed, stream and turn',
  });
}

/** Value and the gradient of every input (empty where it wants none), as copies. */
function analyticGradients<T extends readonly Tensor[]>(fn: Fn<T>, inputs: T): Float32Array[] {
  for (const input of inputs) input.zeroGrad();
  return engine().step(() => {
    const y = fn(...inputs);
    if (y.length !== 1) {
      throw new AdnceError('E_SHAPE', {
        where: 'gradcheck',
        what: `the function must make a scalar, got ${shapeText(y.shape)}`,
        hint: 'reduce it with sum() or mean()',
      });
    }
    y.backward();
    const gradients = inputs.map((input) => {
      if (!input.requiresGrad) return new Float32Array(0);
      if (input instanceof SparseParameter) return input.denseGrad();
      return input.grad?.slice() ?? new Float32Array(input.length);
    });
    for (const input of inputs) input.zeroGrad();
    return [y.toArray(), ...gradients];
  });
}

/** Derivative of fn along a direction of one input: by its gradient, and by differences. */
function along<T extends readonly Tensor[]>(
  fn: Fn<T>,
  inputs: T,
  input: Tensor,
  gradient: Float32Array,
  direction: Float64Array,
  eps: number,
): { analytic: number; numeric: number } {
  const before = input.toArray();
  const value = (steps: number) => {
    input.data.set(before.map((x, i) => x + steps * eps * (direction[i] as number)));
    return engine().step(() => noGrad(() => fn(...inputs).item()));
  };
  try {
    const numeric = (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12 * eps);
    let analytic = 0;
    for (let i = 0; i < before.length; i++) {
      const x = before[i] as number;
      const step = eps * (direction[i] as number);
      // The step that float32 really took.
      const taken = Math.fround(x + step) - Math.fround(x - step);
      analytic += ((gradient[i] as number) * taken) / (2 * eps);
    }
    return { analytic, numeric };
  } finally {
    input.data.set(before);
  }
}

function unit(length: number, i: number): Float64Array {
  const direction = new Float64Array(length);
  direction[i] = 1;
  return direction;
}

/** A random direction of length 1. */
function randomDirection(length: number, seed: number, stream: number): Float64Array {
  const owner = engine();
  return owner.step(() => {
    const draws: Pointer = owner.arena.stack(owner.core.drawsBytes(), 'gradcheck');
    owner.i32.set([seed | 0, Math.floor(seed / 2 ** 32) | 0, stream, 0, 0], draws >>> 2);
    const values = owner.stackF32(length, 'gradcheck');
    owner.core.randomNormal(draws, values, length, 0, 1);
    const norm = Math.sqrt(owner.core.sumOfSquares(values, 0, length, 1));
    return Float64Array.from(owner.f32.subarray(values >>> 2, (values >>> 2) + length), (x) => x / norm);
  });
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((x, i) => Object.is(x, b[i]));
}
