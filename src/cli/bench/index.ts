/** The benchmark: ours beside its peers, each in a process of its own, with equal losses. */
export { BASELINES, type CompareOptions, compare, LIMITS } from './compare.js';
export { describeMachine, type Machine, machineText } from './machine.js';
export type { Measurement, Status } from './measurement.js';
export { PEERS } from './peers/index.js';
export { CASES, type CaseName, LOSS_CASES, type Problem, problemOf, problemTitle } from './problem.js';
export { pairedRatio, type Summary, spread, summarize } from './statistics.js';
export { comparisonMarkdown, comparisonText, LEGEND } from './table.js';
