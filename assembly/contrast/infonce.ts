/** InfoNCE (maths §2): q = s/τ, ∂L/∂s = e^{s/τ − lse}/τ. */
import { RowRule } from './anchor';


@unmanaged
export class InfoNceRule extends RowRule {
  families(): i32 {
    return 1;
  }
  moments0(): i32 {
    return 2;
  }
  moments1(): i32 {
    return 0;
  }
  gradientOfWeight(): bool {
    return true;
  }
  usesFactor1(): bool {
    return false;
  }
  log0<T>(s: v128): v128 {
    return v128.mul<T>(s, this.lanes<T>(offsetof<RowRule>('inverseTemperature')));
  }
  log1<T>(s: v128): v128 {
    return s;
  }
  gradient<T>(s: v128, e0: v128, e1: v128, k0: v128, k1: v128): v128 {
    return v128.mul<T>(e0, k0);
  }
}
