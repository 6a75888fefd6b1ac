export type { Core, FinishName, Pointer, SweepName } from './core.js';
export { borrow, Engine, type EngineOptions, engine, init } from './engine.js';
export { type CoreSource, hasSimd } from './instantiate.js';
