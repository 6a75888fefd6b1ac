/** `adnce bench`: the comparison as a user asks for it, with peers installed wherever the user is. */
import { AdnceError } from '../../errors.js';
import { mustBeInteger, mustBeOneOf, mustKnowKeys } from '../../options.js';
import { BASELINES, compare, LIMITS } from './compare.js';
import { describeMachine, type Machine, machineText } from './machine.js';
import type { Measurement } from './measurement.js';
import { PEERS } from './peers/index.js';
import { peersText } from './peers-table.js';
import { LOSS_CASES, type Problem, problemOf } from './problem.js';
import { comparisonText, LEGEND } from './table.js';

/** Options of {@link comparePeers}. */
export interface ComparePeersOptions {
  /** Names of peers. Default: all; those that are not installed are named in the tables. */
  peers?: readonly string[];
  /** Losses: cross, nt-xent, adnce. Default: adnce. */
  cases?: readonly string[];
  /** Numbers of pairs. Default: 256 and 1,024. */
  pairs?: readonly number[];
  /** Length of an embedding. Default 128. */
  dimension?: number;
  /** Least number of measurements of each. Default 5. */
  repeats?: number;
  seed?: number;
  /** Folders in which npm packages of peers are looked for. Default: the working folder. */
  folders?: readonly string[];
  /** Told what is running. */
  progress?: (text: string) => void;
  /** Told the table of every problem when it is complete. */
  table?: (text: string) => void;
  /** Says that the user wants it to end. */
  signal?: AbortSignal;
}

export interface PeerComparison {
  machine: Machine;
  measurements: readonly Measurement[];
  /** The packages to install for the peers that were asked for and are not here. */
  install: readonly string[];
  /** Whether every peer that ran agreed on losses and gradients. */
  agreed: boolean;
}

const WHERE = 'bench';

/**
 * Measures ours beside its peers: the same inputs, a process each, equal losses.
 * @throws E_OPTION, and E_INTERRUPTED when the signal comes
 */
export async function comparePeers(options: ComparePeersOptions = {}): Promise<PeerComparison> {
  mustKnowKeys(WHERE, options, [
    'peers',
    'cases',
    'pairs',
    'dimension',
    'repeats',
    'seed',
    'folders',
    'progress',
    'table',
    'signal',
  ]);
  const { progress, table, signal } = options;
  const machine = describeMachine();
  const problems = problemsOf(options);
  const peers = [...peersOf(options.peers), ...LIMITS];
  const folders = options.folders ?? [process.cwd()];
  table?.(`${machineText(machine)}\n\n${peersText(peers, folders)}`);
  const measurements = await compare({
    problems,
    peers,
    folders,
    repeats: mustBeInteger(WHERE, 'repeats', options.repeats ?? 5, { min: 1, max: 1000 }),
    seed: mustBeInteger(WHERE, 'seed', options.seed ?? 1, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    ...(progress === undefined ? {} : { progress }),
    ...(signal === undefined ? {} : { signal }),
    ...(table === undefined ? {} : { measured: (rows: readonly Measurement[]) => table(`\n${comparisonText(rows)}`) }),
  });
  table?.(`\n${LEGEND}`);
  const missing = measurements.filter(({ status }) => status === 'unavailable').map(({ peer }) => peer);
  const install = PEERS.filter(({ name }) => missing.includes(name)).flatMap(({ packages }) => packages);
  const agreed = measurements.every(({ status }) => status !== 'wrong');
  return { machine, measurements, install: [...new Set(install)], agreed };
}

function peersOf(names: readonly string[] | undefined): string[] {
  const known = PEERS.map(({ name }) => name).filter((name) => !LIMITS.includes(name));
  const wanted = names ?? known;
  if (wanted.length === 0) {
    throw new AdnceError('E_OPTION', { where: WHERE, what: '"peers" must name at least one peer, got none' });
  }
  return [...BASELINES, ...wanted.map((name) => mustBeOneOf(WHERE, 'peers', name, known))];
}

function problemsOf({ cases = ['adnce'], pairs = [256, 1024], dimension = 128 }: ComparePeersOptions): Problem[] {
  const d = mustBeInteger(WHERE, 'dimension', dimension, { min: 1, max: 65_536 });
  return cases.flatMap((text) => {
    const name = mustBeOneOf(WHERE, 'cases', text, LOSS_CASES);
    return pairs.map((n) => problemOf(name, mustBeInteger(WHERE, 'pairs', n, { min: 2, max: 16_384 }), d));
  });
}
