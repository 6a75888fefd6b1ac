/** The handler with events as API Gateway sends them. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { handler } from './handler.js';

const sample = JSON.parse(await readFile(new URL('event.json', import.meta.url)));

async function call(change) {
  const { statusCode, headers, body } = await handler({ ...sample, ...change });
  assert.equal(headers['content-type'], 'application/json');
  return { statusCode, ...JSON.parse(body) };
}

const post = (rawPath, body, rest = {}) => ({ rawPath, requestContext: { http: { method: 'POST' } }, body, ...rest });

it('searches', async () => {
  const { statusCode, results } = await call({});
  assert.equal(statusCode, 200);
  assert.equal(results.length, 3);
  assert.equal(results[0].id, 'change-a-flat-tyre');
});

it('embeds, also what comes in base64', async () => {
  const body = JSON.stringify({ texts: ['größere Räder', 'a flat tyre'] });
  const plain = await call(post('/embed', body));
  assert.equal(plain.statusCode, 200);
  assert.equal(plain.embeddings.length, 2);
  for (const row of plain.embeddings) assert.ok(Math.abs(Math.hypot(...row) - 1) < 1e-5);
  const encoded = Buffer.from(body).toString('base64');
  assert.deepEqual(await call(post('/embed', encoded, { isBase64Encoded: true })), plain);
});

for (const [name, change, expected, code] of [
  ['another path', { rawPath: '/nothing' }, 404, 'NOT_FOUND'],
  ['another method', { rawPath: '/embed' }, 405, 'METHOD_NOT_ALLOWED'],
  ['no query', { rawQueryString: '' }, 400, 'E_DATA'],
  ['no body', post('/embed', undefined), 400, 'E_FORMAT'],
  ['a body that is no JSON', post('/embed', '{'), 400, 'E_FORMAT'],
  ['no texts', post('/embed', '{}'), 400, 'E_DATA'],
]) {
  it(`${name} is ${expected} ${code}`, async () => {
    const { statusCode, error } = await call(change);
    assert.deepEqual([statusCode, error.code], [expected, code]);
  });
}
