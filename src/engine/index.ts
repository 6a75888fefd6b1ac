export type { Core, FinishName, Pointer, SweepName } from './core.js';
export { borrow, Engine, type EngineOptions, engine, init } from './engine.js';
export { hasRelaxedSimd, hasSimd } from './features.js';
export type { CoreSource } from './instantiate.js';
export { type Argument, along, COUNT, FROM, type KernelName, TO } from './job.js';
export type { Profile, ProfileRow } from './profile.js';
