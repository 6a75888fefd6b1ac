/** Every loss a run can be told by name, and what changes from step to step. */
import { beforeAll, describe, expect, it } from 'vitest';
import { engine, init } from '../../src/engine/index.js';
import { tensor } from '../../src/tensor/index.js';
import { completeTrainOptions, LOSSES, Objective, startOf, type TrainOptions } from '../../src/train/index.js';

const N = 24;
const D = 8;

function rows(phase: number): Float32Array {
  return Float32Array.from({ length: N * D }, (_, i) => Math.sin(i * 1.7 + phase) + 0.3 * Math.cos(i * i));
}

beforeAll(async () => {
  await init();
});

function lossOf(objective: Objective, phase = 0.4): { value: number; norm: number } {
  return engine().step(() => {
    const a = tensor(rows(0), [N, D], { requiresGrad: true, name: 'a' });
    const b = tensor(rows(phase), [N, D], { requiresGrad: true, name: 'b' });
    const loss = objective.loss(a, b, undefined);
    loss.backward();
    return { value: loss.item(), norm: Math.hypot(...(a.grad ?? []), ...(b.grad ?? [])) };
  });
}

const make = (options: Partial<TrainOptions>) => new Objective(completeTrainOptions({ batchSize: N, ...options }), D);

describe('Objective', () => {
  it.each(LOSSES)('%s gives a finite loss with gradients, and takes a queue', (loss) => {
    const plain = lossOf(make({ loss }));
    expect(Number.isFinite(plain.value)).toBe(true);
    expect(plain.norm).toBeGreaterThan(0);
    const queued = make({ loss, queue: 2 * N });
    expect(lossOf(queued).value).toBe(plain.value);
    expect(lossOf(queued, 0.9).value).not.toBe(lossOf(make({ loss }), 0.9).value);
    queued.free();
  });

  it.each(['kl', 'chi2', 'reverse_kl', 'cressie_read', 'alpha', 'cvar'] as const)(
    'knows the ball of %s',
    (divergence) => {
      expect(lossOf(make({ loss: 'cl-dro', divergence, order: 1.5 })).norm).toBeGreaterThan(0);
    },
  );

  it('keeps the parameters it was given', () => {
    const objective = make({ temperature: 0.2, mu: 0.1, sigma: 0.5 });
    lossOf(objective);
    expect(objective.parameters).toEqual({ temperature: 0.2, mu: 0.1, sigma: 0.5 });
  });

  it('follows the scores where they are auto', () => {
    const options = { temperature: 'auto', mu: 'auto', sigma: 'auto' } as const;
    const objective = make(options);
    expect(objective.parameters).toEqual(startOf(completeTrainOptions(options)));
    const seen: number[] = [];
    for (let step = 0; step < 400; step++) {
      lossOf(objective);
      seen.push(objective.parameters.temperature);
    }
    const { temperature, mu, sigma } = objective.parameters;
    expect(temperature).not.toBe(0.1);
    expect(Math.abs(temperature - (seen.at(-9) as number))).toBeLessThan(1e-3);
    expect(mu).toBeGreaterThan(-1);
    expect(mu).toBeLessThan(1);
    expect(sigma).toBeGreaterThan(0);
  });
});

describe('options', () => {
  it.each([
    [{ temperature: 'none' }, /"temperature" must be a finite number/],
    [
      { queue: 10, batchSize: 16 },
      /"queue" must be 0 or at least the batch size 16, got 10.*nearest valid queue is 16/,
    ],
    [{ divergence: 'kld' }, /"divergence" must be one of.*did you mean "kl"/],
    [{ radius: -1 }, /"radius" must be a finite number >= 0/],
    [
      { temperature: 'auto', radius: 50, batchSize: 64 },
      /^E_OPTION train: "radius" must be > 0 and < 4\.14\d+ for the 63 negatives of an anchor, got 50\..* value is 4\.14313\./,
    ],
    [{ temperature: 'auto', radius: 5, batchSize: 64, layout: 'image' }, /for the 126 negatives/],
    [{ temperature: 'auto', radius: 1, batchSize: 2 }, /"radius" must be 0 for a single negative/],
  ])('refuse %j', (options, message) => {
    expect(() => completeTrainOptions(options as never)).toThrow(message);
  });

  it('take a radius that a batch can have, and any that nothing holds', () => {
    expect(completeTrainOptions({ temperature: 'auto', radius: 4.14, batchSize: 64 }).radius).toBe(4.14);
    expect(completeTrainOptions({ temperature: 0.1, radius: 50 }).radius).toBe(50);
  });
});
