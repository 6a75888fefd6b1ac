/**
 * The tape: what was computed in the running step, in order, with the function that sends each output's gradient back
 * to its inputs. Played backwards once by `backward()`; forgotten when the step ends.
 */
import type { Engine, Pointer } from '../engine/index.js';
import { AdnceError } from '../errors.js';
import { shapeText, Tensor } from './tensor.js';

interface Entry {
  output: Tensor;
  backward: () => void;
}

const tapes = new WeakMap<Engine, Entry[]>();
let recording = true;

/** Runs `work` without recording: for evaluation, where no gradient is wanted. */
export function noGrad<T>(work: () => T): T {
  const before = recording;
  recording = false;
  try {
    return work();
  } finally {
    recording = before;
  }
}

/** Whether an op on these inputs is to be recorded. */
export function wantsGrad(...inputs: readonly Tensor[]): boolean {
  return recording && inputs.some((input) => input.requiresGrad);
}

/**
 * Makes the output of an op: a tensor of the running step, not yet filled.
 * @throws E_STATE outside a step, and for inputs of two engines
 */
export function output(inputs: readonly Tensor[], shape: readonly number[], name: string): Tensor {
  const owner = (inputs[0] as Tensor).engine;
  if (!owner.arena.inStep) {
    throw new AdnceError('E_STATE', {
      where: name,
      what: 'operations run inside a step',
      hint: 'wrap the work in engine.step(() => { … })',
    });
  }
  if (inputs.some((input) => input.engine !== owner)) {
    throw new AdnceError('E_STATE', {
      where: name,
      what: 'its inputs belong to two engines, which share no memory',
      hint: 'call init() with options once, before any tensor is made',
    });
  }
  return new Tensor(owner, shape, wantsGrad(...inputs), name);
}

/** Records how the gradient of `result` reaches the inputs of the op; nothing is kept when it wants none. */
export function record(result: Tensor, backward: () => void): void {
  if (!result.requiresGrad) return;
  let tape = tapes.get(result.engine);
  if (tape === undefined) {
    tape = [];
    tapes.set(result.engine, tape);
  }
  if (tape.length === 0) {
    const fresh = tape;
    result.engine.onStepEnd(() => {
      fresh.length = 0;
    });
  }
  tape.push({ output: result, backward });
}

/** Plays the tape backwards from a scalar, whose own gradient is 1. */
export function runBackward(scalar: Tensor): void {
  const tape = tapes.get(scalar.engine);
  const last = tape?.findLastIndex((entry) => entry.output === scalar) ?? -1;
  if (tape === undefined || last < 0) {
    throw new AdnceError('E_STATE', {
      where: 'backward',
      what: `"${scalar.name}" was not computed from a tensor that requires a gradient in this step`,
      hint: 'call backward() inside the step that computed it, once, and not under noGrad()',
    });
  }
  // The address first: making room for the gradient may grow the memory and replace the view.
  const seed = scalar.gradPointer >>> 2;
  scalar.engine.f32[seed] = 1;
  for (let i = last; i >= 0; i--) {
    const entry = tape[i] as Entry;
    if (entry.output.grad !== null) entry.backward();
  }
  tape.splice(0, last + 1);
}

/** Refuses a tensor whose shape is not the expected one; null stands for any length. */
export function mustHaveShape(
  where: string,
  name: string,
  value: Tensor,
  expected: readonly (number | null)[],
  hint?: string,
): void {
  if (!(value instanceof Tensor)) {
    throw new AdnceError('E_SHAPE', {
      where,
      what: `"${name}" must be a Tensor, got ${Array.isArray(value) ? 'an array' : String(value)}`,
      hint: 'tensor(values, shape) makes one',
    });
  }
  const fits =
    value.shape.length === expected.length && expected.every((n, axis) => n === null || n === value.shape[axis]);
  if (!fits) {
    throw new AdnceError('E_SHAPE', {
      where,
      what: `"${name}" must be f32[${expected.map((n) => n ?? '?').join(',')}], got ${shapeText(value.shape)}`,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** The upstream gradient of a scalar. */
export function scalarGrad(scalar: Tensor): number {
  const pointer: Pointer = scalar.gradPointer;
  return scalar.engine.f32[pointer >>> 2] as number;
}
