/** From a peer to the program that runs it, if its packages are to be found here. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type PeerInfo, PYTHON_PEERS } from './peers/index.js';
import { findPyTorch, pytorchProgram } from './peers/pytorch.js';
import { nodeProgram, type Program } from './process.js';

/** A program with the peer's version, or why there is none. */
export type FoundProgram = { program: Program; version: string | null } | { missing: string };

/**
 * Looks for what a peer needs.
 * @param folders where npm packages may be installed, the first that has all of them is taken
 */
export function findProgram(peer: PeerInfo, folders: readonly string[]): FoundProgram {
  const python = PYTHON_PEERS.find(({ name }) => name === peer.name);
  if (python !== undefined) {
    const found = findPyTorch();
    if (found === null) return { missing: 'no python3 with torch here' };
    return { program: pytorchProgram(found.command, python), version: found.version };
  }
  if (peer.packages.length === 0) return { program: nodeProgram(process.cwd()), version: null };
  for (const folder of folders) {
    const versions = peer.packages.map((name) => installedVersion(name, folder));
    if (versions.every((version) => version !== null)) {
      return { program: nodeProgram(folder), version: versions[0] ?? null };
    }
  }
  return { missing: `not installed: npm i ${peer.packages.join(' ')}` };
}

/** The version of a package as Node finds it from a folder; null when it is not installed. */
export function installedVersion(name: string, folder: string): string | null {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
    return String(version);
  } catch {
    const above = dirname(folder);
    return above === folder ? null : installedVersion(name, above);
  }
}
