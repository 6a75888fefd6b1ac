/** What the benchmark and a peer's process say to each other: one JSON object a line, over standard input and output. */
import type { InputFile } from './inputs.js';
import type { Problem } from './problem.js';

/** Sets a problem up. */
export interface OpenRequest {
  op: 'open';
  peer: string;
  problem: Problem;
  inputs: InputFile;
  /** Threads of ours, where the peer's name does not say. */
  threads?: number;
}

/** Writes the gradients to a file, float32, one after the other. */
export interface CheckRequest {
  op: 'check';
  gradients: string;
}

/** Times `repeats` steps. */
export interface MeasureRequest {
  op: 'measure';
  repeats: number;
}

/** Ends the process. */
export interface CloseRequest {
  op: 'close';
}

export type Request = OpenRequest | CheckRequest | MeasureRequest | CloseRequest;

/** What each request is answered with. */
export interface Answers {
  open: { threads?: number; version?: string; flops?: number };
  check: { loss: number; lengths: number[] };
  /** Milliseconds of one step. */
  measure: { milliseconds: number };
  /** Largest resident memory of the process, and what it was once the problem was set up, in bytes. */
  close: { peakBytes: number; openBytes: number; extraBytes?: number };
}

/** One line back: an answer, or why there is none. */
export type Reply<Op extends keyof Answers = keyof Answers> =
  | { ok: true; value: Answers[Op] }
  | { ok: false; unavailable: boolean; message: string };
