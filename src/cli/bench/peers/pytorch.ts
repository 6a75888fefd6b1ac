/**
 * Native PyTorch, where a python3 with torch is there: eager, its own differentiation. The program in Python speaks the
 * protocol of the other peers' processes.
 */
import { spawnSync } from 'node:child_process';
import { CASES } from '../problem.js';
import type { Program } from '../process.js';
import type { PythonPeer } from './peer.js';
import { PYTORCH_PROGRAM } from './pytorch-program.js';

function peer(name: string, title: string, setup: string, threads: number): PythonPeer {
  return { name, title, setup, threads, packages: [], cases: CASES.filter((one) => one !== 'bag') };
}

export const pytorch = peer('pytorch', 'PyTorch', 'eager, 1 thread', 1);
export const pytorchThreads = peer('pytorch-threads', 'PyTorch, all threads', 'eager, all threads', 0);

/** Where a Python may be: the user's word first. */
const CANDIDATES = [process.env.PYTHON, 'python3', '/usr/bin/python3'];

/** The first Python here that has torch, and the version of that; null when there is none. */
export function findPyTorch(): { command: string; version: string } | null {
  for (const command of CANDIDATES) {
    if (command === undefined || command === '') continue;
    const probe = spawnSync(command, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' });
    if (probe.status === 0) return { command, version: probe.stdout.trim() };
  }
  return null;
}

/** The program of a peer; `threads` 0 leaves their number to PyTorch. */
export function pytorchProgram(command: string, { threads }: PythonPeer): Program {
  return { command, args: ['-c', PYTORCH_PROGRAM, String(threads)], folder: process.cwd() };
}
