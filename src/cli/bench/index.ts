/** The benchmark: ours beside its peers, each in a process of its own, with equal losses. */

export { textTable } from '../../report/terminal.js';
export { type Alone, type AloneOptions, measureAlone } from './alone.js';
export { comparisonChart, type Growth, growthChart } from './charts.js';
export { BASELINES, type CompareOptions, compare, LIMITS } from './compare.js';
export { type ComparePeersOptions, comparePeers, type PeerComparison } from './compare-peers.js';
export { type CoresGain, gainOfCores } from './cores.js';
export { describeMachine, type Machine, machineText } from './machine.js';
export type { Measurement, Status } from './measurement.js';
export { PEERS } from './peers/index.js';
export { findPeers, type PeerFound, peersText } from './peers-table.js';
export { CASES, type CaseName, LOSS_CASES, type Problem, problemOf, problemTitle, usefulFlops } from './problem.js';
export { median, pairedRatio, type Summary, spread, summarize } from './statistics.js';
export { comparisonMarkdown, comparisonText, LEGEND, markdownTable, timeCell } from './table.js';
export { judge, type Results, type Verdict } from './targets.js';
export { verdictMarkdown, verdictText } from './verdict.js';
