/**
 * ADNCE (paper §5, maths §2): candidates are weighted by a Gaussian of their cosine, g = −(s − μ)²/(2σ²), normalised to mean 1.
 * Family 0 is s/τ + g, family 1 is g. With detached weights ∂L/∂s = q/τ; otherwise g'·(q − Q·π) is added.
 */
import { RowRule } from './anchor';
import { SoftmaxRule } from './softmax';


@unmanaged
export class AdnceRule extends SoftmaxRule {
  families(): i32 {
    return 2;
  }

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

  log0(s: v128): v128 {
    return f32x4.add(f32x4.mul(s, this.lanes(offsetof<RowRule>('inverseTemperature'))), this.log1(s));
  }

  log1(s: v128): v128 {
    const t = f32x4.sub(s, this.lanes(offsetof<SoftmaxRule>('mu32')));
    return f32x4.neg(f32x4.mul(f32x4.mul(t, t), this.lanes(offsetof<SoftmaxRule>('halfPrecision'))));
  }

  gradient(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    return f32x4.mul(e0, k0);
  }
}

/** ADNCE whose weights carry gradients, to the scores and to μ and σ. */
@unmanaged
export class AdnceAttachedRule extends SoftmaxRule {
  families(): i32 {
    return 2;
  }

  moments0(): i32 {
    return 3;
  }

  moments1(): i32 {
    return 3;
  }

  usesFactor1(): bool {
    return true;
  }

  log0(s: v128): v128 {
    return f32x4.add(f32x4.mul(s, this.lanes(offsetof<RowRule>('inverseTemperature'))), this.log1(s));
  }

  log1(s: v128): v128 {
    const t = f32x4.sub(s, this.lanes(offsetof<SoftmaxRule>('mu32')));
    return f32x4.neg(f32x4.mul(f32x4.mul(t, t), this.lanes(offsetof<SoftmaxRule>('halfPrecision'))));
  }

  gradient(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    const t = f32x4.sub(this.lanes(offsetof<SoftmaxRule>('mu32')), s);
    const slope = f32x4.mul(t, this.lanes(offsetof<SoftmaxRule>('precision')));
    const q = f32x4.mul(e0, k0);
    const weighted = f32x4.mul(slope, f32x4.sub(q, f32x4.mul(e1, k1)));
    return f32x4.add(f32x4.mul(q, this.lanes(offsetof<RowRule>('inverseTemperature'))), weighted);
  }
}
