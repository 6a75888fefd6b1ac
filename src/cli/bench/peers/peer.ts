/** What every peer of the comparison offers, in a process of its own. */
import type { Inputs } from '../inputs.js';
import type { CaseName, Problem } from '../problem.js';

/** A problem set up in a peer. */
export interface Run {
  /** The loss and its gradients, copied out in the order of GRADIENTS; weights stay as they are. */
  check(): Promise<Checked> | Checked;
  /** What is timed: the loss with all gradients and, for training steps, the optimiser's step. */
  step(): unknown;
  /** Bytes of the peer's own memory that the step takes beyond inputs and their gradients, where it can tell. */
  extraBytes?(): number;
  /** How many flops a step has, for the peers that are a limit of the machine. */
  flops?: number;
  /** Threads it computes on, where that is not one. */
  threads?: number;
}

export interface Checked {
  loss: number;
  gradients: Float32Array[];
}

/** Imports a package from the folder the peers are installed in. */
export type Load = (name: string) => Promise<unknown>;

/** How a peer is set up. */
export interface Setup {
  problem: Problem;
  inputs: Inputs;
  load: Load;
  /** Threads of ours, where the peer's name does not say. */
  threads?: number;
}

/** What is known of a peer without starting it. */
export interface PeerInfo {
  name: string;
  /** In a table's cell. */
  title: string;
  /** The npm packages it needs; the first one's version is shown. */
  packages: readonly string[];
  /** Cases it has a program for. */
  cases: readonly CaseName[];
  /** How it is set up, in a few words. */
  setup: string;
}

/** A peer that runs in JavaScript. */
export interface Peer extends PeerInfo {
  open(setup: Setup): Promise<Run>;
}

/** A peer that runs in Python. */
export interface PythonPeer extends PeerInfo {
  /** 0: as many as it takes by itself. */
  threads: number;
}

/** A peer cannot run here, for a reason that is no failure: not installed, no such option. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}
