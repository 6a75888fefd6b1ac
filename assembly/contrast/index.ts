/**
 * The objectives of the tile walker, one instance of its sweeps for each row rule. Adding one: a file with its rule and its finisher
 * beside these, its lines here, its options in src/losses/.
 */
import { AdnceAttachedRule, AdnceRule } from './adnce';
import { AlphaRule } from './alpha';
import { Outcome } from './anchor';
import { SlopesRule } from './debiased';
import { DroGradientRule, DroSearchRule, DroValueRule } from './dro';
import { HingeRule } from './hinge';
import { InfoNceRule } from './infonce';
import { MomentsRule } from './moments';
import { Plan } from './plan';
import { QuantileRule } from './quantile';
import { SiglipRule } from './siglip';
import { finishSoftmax, SoftmaxRule } from './softmax';
import { sweepGradients, sweepStatistics } from './walker';

export { alphaFinish } from './alpha';
export { classGradients, classScores, classSums } from './classes';
export { dclFinish, hclFinish } from './debiased';
export { droFinish, droStart, droStep, klFinish } from './dro';
export { hingeFinish, hingeStart } from './hinge';
export { momentsFinish } from './moments';
export { addArray, pairGradients, pairScores, resetStats } from './pairs';
export { contrastPlanBytes, contrastWorkBytes } from './plan';
export { quantileFinish, quantileStart, quantileStep } from './quantile';
export { siglipFinish } from './siglip';
export { resetSchedule, scheduleBytes } from './schedule';

/** Sweep 1 of an objective with gradients by scalars, in float64 where the plan says so. */
// @ts-ignore: decorator
@inline
function statistics<R>(rule: R, plan: Plan, from: usize, to: usize): void {
  if (plan.exact) sweepStatistics<R, f64>(rule, plan, from, to);
  else sweepStatistics<R, f32>(rule, plan, from, to);
}

/** Sweep 2 of the same. */
// @ts-ignore: decorator
@inline
function gradients<R>(rule: R, plan: Plan, from: usize, to: usize): void {
  if (plan.exact) sweepGradients<R, f64>(rule, plan, from, to);
  else sweepGradients<R, f32>(rule, plan, from, to);
}

export function infoNceStatistics(rule: InfoNceRule, plan: Plan, from: usize, to: usize): void {
  statistics<InfoNceRule>(rule, plan, from, to);
}
export function infoNceGradients(rule: InfoNceRule, plan: Plan, from: usize, to: usize): void {
  gradients<InfoNceRule>(rule, plan, from, to);
}
export function infoNceFinish(
  rule: SoftmaxRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  finishSoftmax<InfoNceRule>(rule, outcome, stats, coefficients, n, from, to);
}

export function adnceStatistics(rule: AdnceRule, plan: Plan, from: usize, to: usize): void {
  statistics<AdnceRule>(rule, plan, from, to);
}
export function adnceGradients(rule: AdnceRule, plan: Plan, from: usize, to: usize): void {
  gradients<AdnceRule>(rule, plan, from, to);
}
export function adnceFinish(
  rule: SoftmaxRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  finishSoftmax<AdnceRule>(rule, outcome, stats, coefficients, n, from, to);
}

export function adnceAttachedStatistics(rule: AdnceAttachedRule, plan: Plan, from: usize, to: usize): void {
  statistics<AdnceAttachedRule>(rule, plan, from, to);
}
export function adnceAttachedGradients(rule: AdnceAttachedRule, plan: Plan, from: usize, to: usize): void {
  gradients<AdnceAttachedRule>(rule, plan, from, to);
}
export function adnceAttachedFinish(
  rule: SoftmaxRule,
  outcome: Outcome,
  stats: usize,
  coefficients: usize,
  n: usize,
  from: usize,
  to: usize,
): void {
  finishSoftmax<AdnceAttachedRule>(rule, outcome, stats, coefficients, n, from, to);
}

export function slopesStatistics(rule: SlopesRule, plan: Plan, from: usize, to: usize): void {
  statistics<SlopesRule>(rule, plan, from, to);
}
export function slopesGradients(rule: SlopesRule, plan: Plan, from: usize, to: usize): void {
  gradients<SlopesRule>(rule, plan, from, to);
}

export function alphaStatistics(rule: AlphaRule, plan: Plan, from: usize, to: usize): void {
  sweepStatistics<AlphaRule, f32>(rule, plan, from, to);
}
export function alphaGradients(rule: AlphaRule, plan: Plan, from: usize, to: usize): void {
  sweepGradients<AlphaRule, f32>(rule, plan, from, to);
}

export function momentsStatistics(rule: MomentsRule, plan: Plan, from: usize, to: usize): void {
  statistics<MomentsRule>(rule, plan, from, to);
}
export function momentsGradients(rule: MomentsRule, plan: Plan, from: usize, to: usize): void {
  gradients<MomentsRule>(rule, plan, from, to);
}

export function siglipStatistics(rule: SiglipRule, plan: Plan, from: usize, to: usize): void {
  statistics<SiglipRule>(rule, plan, from, to);
}
export function siglipGradients(rule: SiglipRule, plan: Plan, from: usize, to: usize): void {
  gradients<SiglipRule>(rule, plan, from, to);
}

export function hingeStatistics(rule: HingeRule, plan: Plan, from: usize, to: usize): void {
  sweepStatistics<HingeRule, f32>(rule, plan, from, to);
}
export function hingeGradients(rule: HingeRule, plan: Plan, from: usize, to: usize): void {
  sweepGradients<HingeRule, f32>(rule, plan, from, to);
}

export function quantileStatistics(rule: QuantileRule, plan: Plan, from: usize, to: usize): void {
  sweepStatistics<QuantileRule, f32>(rule, plan, from, to);
}
export function quantileGradients(rule: QuantileRule, plan: Plan, from: usize, to: usize): void {
  sweepGradients<QuantileRule, f32>(rule, plan, from, to);
}

export function droSearchStatistics(rule: DroSearchRule, plan: Plan, from: usize, to: usize): void {
  statistics<DroSearchRule>(rule, plan, from, to);
}
export function droValueStatistics(rule: DroValueRule, plan: Plan, from: usize, to: usize): void {
  statistics<DroValueRule>(rule, plan, from, to);
}
export function droGradients(rule: DroGradientRule, plan: Plan, from: usize, to: usize): void {
  gradients<DroGradientRule>(rule, plan, from, to);
}
