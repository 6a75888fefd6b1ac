import { init, losses, tensor } from '../../dist/index.js';
import { LENGTH, PAIRS, rows, TEMPERATURE } from './inputs.mjs';

const start = performance.now();
const engine = await init();
const inside = performance.now() - start;
const loss = engine.step(() => {
  const [a, b] = [1, 2].map((seed) => tensor(rows(seed), [PAIRS, LENGTH], { requiresGrad: true }));
  const value = losses.infoNCE(a, b, { temperature: TEMPERATURE });
  value.backward();
  return value.item();
});
console.log(JSON.stringify({ loss, inside }));
