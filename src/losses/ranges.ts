/** What the numbers of the objectives may be, in one table: for those who check or print them before there is a batch. */
import { MU, SIGMA } from './adnce.js';
import { ALPHA } from './alpha-cl.js';
import { LEVEL, ORDER } from './cl-dro.js';
import { TEMPERATURE } from './common.js';
import { BETA, TAU_PLUS } from './debiased.js';
import { BIAS } from './siglip.js';
import { MARGIN } from './triplet.js';

export const LOSS_RANGES = {
  temperature: TEMPERATURE,
  mu: MU,
  sigma: SIGMA,
  tauPlus: TAU_PLUS,
  beta: BETA,
  alpha: ALPHA,
  order: ORDER,
  level: LEVEL,
  bias: BIAS,
  margin: MARGIN,
} as const;
