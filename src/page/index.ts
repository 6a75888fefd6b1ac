/** For pages: the engine in a worker, where it may use all processors, and its functions on the page, which is never blocked. */
export { AdnceError } from '../errors.js';
export { type Connected, type ConnectOptions, connect } from './connect.js';
export { transfer } from './pack.js';
export { type Served, serve } from './serve.js';
