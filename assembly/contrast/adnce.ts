/**
 * ADNCE (paper §5, maths §2): candidates are weighted by a Gaussian of their cosine, g = −(s − μ)²/(2σ²), normalised to mean 1.
 * Family 0 is s/τ + g, family 1 is g. With detached weights ∂L/∂s = q/τ; otherwise g'·(q − Q·π) is added.
 */
import { RowRule } from './anchor';
import { SoftmaxRule } from './softmax';

/** The log-weights of both rules. */
@unmanaged
class GaussianRule extends SoftmaxRule {
  families(): i32 {
    return 2;
  }

  log0<T>(s: v128): v128 {
    return v128.add<T>(v128.mul<T>(s, this.lanes<T>(offsetof<RowRule>('inverseTemperature'))), this.log1<T>(s));
  }

  log1<T>(s: v128): v128 {
    const t = v128.sub<T>(s, this.lanes<T>(offsetof<SoftmaxRule>('muLanes')));
    return v128.neg<T>(v128.mul<T>(v128.mul<T>(t, t), this.lanes<T>(offsetof<SoftmaxRule>('halfPrecision'))));
  }
}


@unmanaged
export class AdnceRule extends GaussianRule {
  moments0(): i32 {
    return 2;
  }

  moments1(): i32 {
    return 1;
  }

  gradientOfWeight(): bool {
    return true;
  }

  usesFactor1(): bool {
    return false;
  }

  gradient<T>(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    return v128.mul<T>(e0, k0);
  }
}

/** ADNCE whose weights carry gradients, to the scores and to μ and σ. */
@unmanaged
export class AdnceAttachedRule extends GaussianRule {
  moments0(): i32 {
    return 3;
  }

  moments1(): i32 {
    return 3;
  }

  usesFactor1(): bool {
    return true;
  }

  gradient<T>(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    const t = v128.sub<T>(this.lanes<T>(offsetof<SoftmaxRule>('muLanes')), s);
    const slope = v128.mul<T>(t, this.lanes<T>(offsetof<SoftmaxRule>('precision')));
    const q = v128.mul<T>(e0, k0);
    const weighted = v128.mul<T>(slope, v128.sub<T>(q, v128.mul<T>(e1, k1)));
    return v128.add<T>(v128.mul<T>(q, this.lanes<T>(offsetof<RowRule>('inverseTemperature'))), weighted);
  }
}
