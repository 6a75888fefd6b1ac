/** The function as it is deployed, in edge-runtime. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import './build.mjs';
import { openFunction, prepareFunction } from './local.mjs';

let runtime;

before(async () => {
  runtime = openFunction(await prepareFunction());
});

async function ask(path, options) {
  const response = await runtime.dispatchFetch(`http://function.test${path}`, options);
  return { status: response.status, ...(await response.json()) };
}

const post = (value) => ({ method: 'POST', body: JSON.stringify(value) });

it('searches', async () => {
  const { status, results } = await ask('/search?q=somebody+took+my+bike&k=3');
  assert.equal(status, 200);
  assert.equal(results.length, 3);
  assert.equal(results[0].id, 'stolen-bicycle');
});

it('embeds', async () => {
  const { status, dimension, embeddings } = await ask('/embed', post({ texts: ['a flat tyre', 'größere Räder'] }));
  assert.equal(status, 200);
  assert.deepEqual(
    embeddings.map((row) => row.length),
    [dimension, dimension],
  );
  for (const row of embeddings) assert.ok(Math.abs(Math.hypot(...row) - 1) < 1e-5);
});

for (const [path, options, expected, code] of [
  ['/feedback', post({}), 404, 'NOT_FOUND'],
  ['/search', post({}), 405, 'METHOD_NOT_ALLOWED'],
  ['/search?q=', {}, 400, 'E_DATA'],
  ['/search?q=a&k=half', {}, 400, 'E_OPTION'],
  ['/embed', post([]), 400, 'E_FORMAT'],
  ['/embed', post({ texts: 'one' }), 400, 'E_DATA'],
]) {
  it(`${options.method ?? 'GET'} ${path} ${options.body ?? ''} is ${expected} ${code}`, async () => {
    const { status, error } = await ask(path, options);
    assert.deepEqual([status, error.code], [expected, code]);
  });
}
