/** Two threads of which the second is not what it should be: what happens, how soon, and whether the engine works afterwards. */
import { init, losses, tensor } from 'adnce';
import { draws } from './encoder.mjs';
import { listen } from './notices.mjs';

const [ROWS, LENGTH] = [256, 64];

function step(engine) {
  return engine.step(() => {
    const [a, b] = [1, 2].map((seed) =>
      tensor(
        Float32Array.from(draws(seed, ROWS * LENGTH), (word) => word / 2 ** 31 - 1),
        [ROWS, LENGTH],
      ),
    );
    return losses.infoNCE(a, b, { temperature: 0.1 }).item();
  });
}

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return { result, milliseconds: performance.now() - start };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Steps until one fails, or for five seconds: its code and its milliseconds. */
async function untilFailure(engine) {
  for (const end = performance.now() + 5000; performance.now() < end; await turn()) {
    const { result, milliseconds } = await timed(() => {
      try {
        step(engine);
        return null;
      } catch (error) {
        return error.code ?? String(error);
      }
    });
    if (result !== null) return { code: result, milliseconds };
  }
  return { code: null };
}

/** @param input `inJob`: whether the thread takes a block before it is lost */
export default async function fault({ inJob }) {
  const [answer, notices] = await listen(async () => {
    const engine = await init({ threads: 2 });
    const start = await timed(() => engine.ready());
    const failure = inJob ? await untilFailure(engine) : null;
    const alone = await timed(async () => {
      for (const end = performance.now() + 5000; engine.threads > 1 && performance.now() < end; ) await turn();
    });
    const recovery = await timed(() => engine.ready());
    const loss = step(engine);
    return {
      failure,
      start: start.milliseconds,
      alone: alone.milliseconds,
      recovery: recovery.milliseconds,
      threads: engine.threads,
      loss,
      close: (await timed(() => engine.close())).milliseconds,
    };
  });
  return { ...answer, notices, expected: step(await init({ threads: 1 })) };
}
