/** All peers by name. */

import { jax } from './jax.js';
import { bareTile, bareTileThreads, simdLimit } from './limits.js';
import { ortNode, ortWeb } from './onnx.js';
import { ours, oursFast, oursThreads } from './ours.js';
import type { Peer, PeerInfo, PythonPeer } from './peer.js';
import { plain } from './plain.js';
import { pytorch, pytorchThreads } from './pytorch.js';
import { tfjsCpu, tfjsWasm } from './tfjs.js';

/** Those that run in the process of worker.ts. */
export const SCRIPT_PEERS: readonly Peer[] = [
  ours,
  oursThreads,
  oursFast,
  simdLimit,
  bareTile,
  bareTileThreads,
  tfjsCpu,
  tfjsWasm,
  ortWeb,
  ortNode,
  jax,
  plain,
];

/** Those that Python runs. */
export const PYTHON_PEERS: readonly PythonPeer[] = [pytorch, pytorchThreads];

export const PEERS: readonly PeerInfo[] = [...SCRIPT_PEERS, ...PYTHON_PEERS];

export type { Checked, Load, Peer, PeerInfo, Run } from './peer.js';
export { Unavailable } from './peer.js';
