/** Many random configurations, and what came of them: for `npm test` a few thousand, for `npm run sweep:gradients` many. */
import { drawConfiguration } from './configurations.js';
import { compare, gradientBound, type LossResult, lossBound, roundedProblem, runLoss } from './losses.js';
import { reference } from './reference.js';

/** How one line of the table went. */
export interface LineReport {
  objective: string;
  layout: string;
  candidates: string;
  /** Configurations that were held against the reference, and wild ones that only had to be finite. */
  compared: number;
  finite: number;
  /** Largest error of the loss over max(1, |ℓ|), and of a gradient over its yardstick. */
  lossError: number;
  gradientError: number;
  /** Largest error over its bound: more than 1 is a failure. */
  overBound: number;
}

/** A configuration that failed. */
export interface SweepFailure {
  seed: number;
  line: string;
  what: string;
}

/** Closer than this to a kink, in scores, float32 may stand on its other side: then the gradient of neither side is wrong. */
const KINK = 2e-6;

/** Gathers what happens to configurations, one at a time. */
export class Sweep {
  readonly lines = new Map<string, LineReport>();
  readonly failures: SweepFailure[] = [];
  /** Configurations drawn anew because they stood at a kink. */
  redrawn = 0;

  /** Holds a tame configuration against the reference. Seeds of one line are a multiple of the number of lines apart. */
  compare(seed: number): void {
    const { problem, e, ...line } = drawConfiguration(seed, 'tame');
    const report = this.#report(line);
    const rounded = roundedProblem(problem);
    const expected = reference(e, rounded);
    if (expected.kink < KINK) {
      this.redrawn++;
      return;
    }
    const errors = compare(e, rounded, runLoss(e, problem), expected);
    report.compared++;
    for (const [key, error] of Object.entries(errors)) {
      report.overBound = worse(report.overBound, error);
      if (key === 'loss') {
        const scale = lossBound(rounded, expected.loss) / Math.max(1, Math.abs(expected.loss));
        report.lossError = worse(report.lossError, error * scale);
      } else report.gradientError = worse(report.gradientError, error * gradientBound(rounded, expected));
      if (!(error <= 1)) this.#fail(seed, line, `${key} is off by ${error.toFixed(2)} of its bound`);
    }
  }

  /** Runs a wild configuration, whose loss and gradients must be finite. */
  finite(seed: number): void {
    const { problem, e, ...line } = drawConfiguration(seed, 'wild');
    const report = this.#report(line);
    report.finite++;
    const broken = notFinite(runLoss(e, problem));
    if (broken !== undefined) this.#fail(seed, line, `${broken} is not finite`);
  }

  #report(line: Pick<LineReport, 'objective' | 'layout' | 'candidates'>): LineReport {
    const key = Object.values(line).join(' · ');
    const known = this.lines.get(key);
    if (known !== undefined) return known;
    const fresh = { ...line, compared: 0, finite: 0, lossError: 0, gradientError: 0, overBound: 0 };
    this.lines.set(key, fresh);
    return fresh;
  }

  #fail(seed: number, line: object, what: string): void {
    this.failures.push({ seed, line: Object.values(line).join(' · '), what });
  }
}

function notFinite(result: LossResult): string | undefined {
  return Object.entries(result).find(([, value]) =>
    typeof value === 'number' ? !Number.isFinite(value) : !(value as Float32Array).every(Number.isFinite),
  )?.[0];
}

function worse(a: number, b: number): number {
  return Number.isNaN(b) || b > a ? b : a;
}
