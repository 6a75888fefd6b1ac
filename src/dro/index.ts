export {
  AutoGaussian,
  type AutoGaussianState,
  AutoTemperature,
  type AutoTemperatureOptions,
  type AutoTemperatureState,
  type RadiusStatistics,
} from './adaptive.js';
export { type AnalyseOptions, analyse, type DroAnalysis, type Spread } from './analyse.js';
export type { Exclude } from './anchors.js';
export {
  type DeviationBound,
  type DeviationOptions,
  deviationBound,
  TIGHTNESS_TEMPERATURES,
  type Tightness,
  tightness,
} from './bound.js';
export type { DivergenceOptions } from './divergence.js';
export type { Gaussian, ScoreSample } from './landmarks.js';
export { type Radius, radiusOfTemperature, type TemperatureForRadius, temperatureForRadius } from './radius.js';
export { type SampleOptions, sampleScores } from './sample.js';
export { type Moments, type Scores, scoreMoments, scoreQuantile } from './scores.js';
export { type Suggestion, type Suggestions, type SuggestOptions, suggest } from './suggest.js';
export { type Suspect, type SuspectOptions, type Suspects, suspectedFalseNegatives } from './suspects.js';
export { adnceWeights, klWeights, type WeightOptions } from './weights.js';
export {
  effectiveSampleSize,
  hardestMass,
  type WeightedCase,
  type WorstCase,
  type WorstCaseOptions,
  weightedCase,
  worstCase,
} from './worst-case.js';
