/**
 * The objectives of the tile walker, one instance of its sweeps each. Adding one: a row rule beside these, its three lines here,
 * its options in src/losses/.
 */
import { AdnceAttachedRule, AdnceRule } from './adnce';
import { InfoNceRule } from './infonce';
import { Plan } from './plan';
import { finishSoftmax, Outcome } from './softmax';
import { sweepGradients, sweepStatistics } from './walker';

export { addArray, pairGradients, pairScores, resetStats } from './pairs';
export { contrastPlanBytes, contrastWorkBytes } from './plan';
export { mergeRoles } from './walker';

export function infoNceStatistics(rule: InfoNceRule, plan: Plan, from: usize, to: usize): void {
  sweepStatistics<InfoNceRule>(rule, plan, from, to);
}
export function infoNceFinish(
  rule: InfoNceRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  finishSoftmax<InfoNceRule>(rule, outcome, stats, coefficients, n, from, to);
}
export function infoNceGradients(rule: InfoNceRule, plan: Plan, from: usize, to: usize): void {
  sweepGradients<InfoNceRule>(rule, plan, from, to);
}

export function adnceStatistics(rule: AdnceRule, plan: Plan, from: usize, to: usize): void {
  sweepStatistics<AdnceRule>(rule, plan, from, to);
}
export function adnceFinish(
  rule: AdnceRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  finishSoftmax<AdnceRule>(rule, outcome, stats, coefficients, n, from, to);
}
export function adnceGradients(rule: AdnceRule, plan: Plan, from: usize, to: usize): void {
  sweepGradients<AdnceRule>(rule, plan, from, to);
}

export function adnceAttachedStatistics(rule: AdnceAttachedRule, plan: Plan, from: usize, to: usize): void {
  sweepStatistics<AdnceAttachedRule>(rule, plan, from, to);
}
export function adnceAttachedFinish(
  rule: AdnceAttachedRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  finishSoftmax<AdnceAttachedRule>(rule, outcome, stats, coefficients, n, from, to);
}
export function adnceAttachedGradients(rule: AdnceAttachedRule, plan: Plan, from: usize, to: usize): void {
  sweepGradients<AdnceAttachedRule>(rule, plan, from, to);
}
