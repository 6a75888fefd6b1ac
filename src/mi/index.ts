export { criticScores } from './critic.js';
export { divergenceInformation } from './divergence.js';
export { estimates, type MiEstimates } from './estimates.js';
export {
  chiSquare,
  donskerVaradhan,
  infoNceBound,
  jensenShannon,
  nwj,
  type SmileOptions,
  smile,
} from './estimators.js';
export { Mine, type MineState } from './mine.js';
