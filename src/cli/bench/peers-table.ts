/** Who takes part: every peer with its version and how it is set up, or why it is not here. */
import { textTable } from '../../report/terminal.js';
import { PEERS } from './peers/index.js';
import { findProgram } from './programs.js';

/** One peer as it is found here. */
export interface PeerFound {
  peer: string;
  version: string | null;
  setup: string;
  /** Why it can't run, or null. */
  missing: string | null;
}

/** Looks for the peers of these names. */
export function findPeers(names: readonly string[], folders: readonly string[]): PeerFound[] {
  return PEERS.filter(({ name }) => names.includes(name)).map((peer) => {
    const found = findProgram(peer, folders);
    const { name, setup } = peer;
    return 'missing' in found
      ? { peer: name, version: null, setup, missing: found.missing }
      : { peer: name, version: found.version, setup, missing: null };
  });
}

/** The same as a table for a terminal. */
export function peersText(names: readonly string[], folders: readonly string[]): string {
  const rows = findPeers(names, folders).map(({ peer, version, setup, missing }) => ({
    peer,
    version: version ?? '–',
    setup: missing ?? setup,
  }));
  return textTable(rows, ['peer', 'version', { key: 'setup', title: 'how it runs' }]);
}
