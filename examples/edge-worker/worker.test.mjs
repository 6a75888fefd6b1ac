/** The worker as it is deployed, in workerd: it embeds, searches, learns from what is picked, remembers it, and refuses what makes no sense. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import './build.mjs';
import { openWorker } from './local.mjs';

/** Both are words that no article has. */
const QUERY = 'my velocipede whistles';
const PICKED = 'lubricate-the-chain';

let state;
let worker;

async function ask(path, body) {
  const options = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(new URL(path, worker.url), options);
  return { status: response.status, ...(await response.json()) };
}

const search = async (k = 20) => (await ask(`/search?q=${encodeURIComponent(QUERY)}&k=${k}`)).results;

before(async () => {
  state = await mkdtemp(join(tmpdir(), 'adnce-edge-worker-'));
  worker = await openWorker({ state });
});

after(async () => {
  await worker.close();
  await rm(state, { recursive: true, force: true });
});

describe('the worker', () => {
  it('embeds texts to rows of length 1', async () => {
    const { status, dimension, embeddings } = await ask('/embed', { texts: ['a flat tyre', 'opening hours'] });
    assert.equal(status, 200);
    assert.deepEqual(
      embeddings.map((row) => row.length),
      [dimension, dimension],
    );
    for (const row of embeddings) assert.ok(Math.abs(Math.hypot(...row) - 1) < 1e-5);
  });

  it('finds articles, best first', async () => {
    const { results } = await ask('/search?q=when+are+you+open&k=3');
    assert.equal(results.length, 3);
    assert.equal(results[0].id, 'opening-hours');
    assert.ok(results[0].score >= results[1].score && results[1].score >= results[2].score);
  });

  it('raises what is picked, step by step, and remembers it over a restart', async () => {
    const { rank, steps, loss } = await ask('/feedback', { query: QUERY, id: PICKED });
    assert.ok(rank.before > 3, `a query that knows nothing of it expected, its rank was ${rank.before}`);
    assert.equal(steps, 1);
    assert.ok(Number.isFinite(loss));
    let last;
    for (let i = 0; i < 9; i++) last = await ask('/feedback', { query: QUERY, id: PICKED });
    assert.equal(last.steps, 10);
    assert.ok(last.loss < loss, `${last.loss} should be less than ${loss}`);
    assert.equal(last.rank.after, 1);
    const learned = await search();

    await worker.close();
    worker = await openWorker({ state });
    assert.deepEqual(await search(), learned);
    const next = await ask('/feedback', { query: 'pictures of the sea', id: 'delivery' });
    assert.equal(next.steps, 11);
    // The earlier pick is in the batch again.
    assert.equal((await search(1))[0].id, PICKED);
  });
});

describe('what makes no sense', () => {
  const feedback = { query: 'it squeaks', id: PICKED };
  const cases = [
    ['/nothing', undefined, 404, 'NOT_FOUND'],
    ['/embed', undefined, 405, 'METHOD_NOT_ALLOWED'],
    ['/embed', {}, 400, 'E_DATA'],
    ['/embed', { texts: [] }, 400, 'E_DATA'],
    ['/embed', { texts: [7] }, 400, 'E_DATA'],
    ['/embed', { texts: ['a'.repeat(2001)] }, 400, 'E_DATA'],
    ['/embed', ['a'], 400, 'E_FORMAT'],
    ['/search', undefined, 400, 'E_DATA'],
    ['/search?q=a&k=0', undefined, 400, 'E_OPTION'],
    ['/search?q=a&k=1e9', undefined, 400, 'E_OPTION'],
    ['/feedback', { ...feedback, id: 'no-such' }, 400, 'E_DATA'],
    ['/feedback', { ...feedback, query: '?!' }, 400, 'E_DATA'],
  ];
  for (const [path, body, expected, code] of cases) {
    it(`${path} ${JSON.stringify(body)?.slice(0, 40) ?? ''} is ${expected} ${code}`, async () => {
      const { status, error } = await ask(path, body);
      assert.deepEqual([status, error.code], [expected, code]);
      assert.ok(error.message.length > 0);
    });
  }

  it('a body that is no JSON is 400 E_FORMAT', async () => {
    const response = await fetch(new URL('/embed', worker.url), { method: 'POST', body: '{' });
    assert.equal(response.status, 400);
    assert.equal((await response.json()).error.code, 'E_FORMAT');
  });
});
