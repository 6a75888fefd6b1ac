/** All peers by name. */

import { jax } from './jax.js';
import { bareTile, simdLimit } from './limits.js';
import { ortNode, ortWeb } from './onnx.js';
import { ours, oursThreads } from './ours.js';
import type { Peer } from './peer.js';
import { plain } from './plain.js';
import { tfjsCpu, tfjsWasm } from './tfjs.js';

export const PEERS: readonly Peer[] = [
  ours,
  oursThreads,
  simdLimit,
  bareTile,
  tfjsCpu,
  tfjsWasm,
  ortWeb,
  ortNode,
  jax,
  plain,
];

export type { Checked, Load, Peer, Run } from './peer.js';
export { Unavailable } from './peer.js';
