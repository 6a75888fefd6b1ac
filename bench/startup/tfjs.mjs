/** One InfoNCE with its gradients in tfjs. */
import { LENGTH, PAIRS, rows, TEMPERATURE } from './inputs.mjs';

export async function firstLoss(tf, backend) {
  await tf.setBackend(backend);
  await tf.ready();
  const unit = (x) => x.mul(x.square().sum(1, true).rsqrt());
  const lossAndGrads = tf.valueAndGrads((a, b) => {
    const [u, v] = [unit(a), unit(b)];
    const logits = u.mul(1 / TEMPERATURE).matMul(v, false, true);
    return logits
      .logSumExp(1)
      .sub(
        u
          .mul(v)
          .sum(1)
          .mul(1 / TEMPERATURE),
      )
      .mean();
  });
  const { value, grads } = lossAndGrads([1, 2].map((seed) => tf.tensor(rows(seed), [PAIRS, LENGTH])));
  for (const grad of grads) grad.dataSync();
  console.log(JSON.stringify({ loss: value.dataSync()[0] }));
}
