export { AdamW, type AdamWOptions } from './adamw.js';
export { clipGradNorm } from './clip.js';
export { Optimizer, type OptimizerGroup, type ParameterGroup } from './optimizer.js';
export { learningRateAt, type ScheduleOptions } from './schedule.js';
export { SGD, type SGDOptions } from './sgd.js';
