/** What a client sees of an object that does not answer. */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { AdnceError } from 'adnce';
import { relay } from './src/relay.js';

const rejecting = (error) => ({ fetch: () => Promise.reject(error) });

it('hands answers on', async () => {
  const response = new Response('ok');
  assert.equal(await relay(new Request('http://x'), { fetch: async () => response }), response);
});

it('says the code of an error, and nothing of one that is not ours', async () => {
  const damaged = new AdnceError('E_CHECKPOINT', { where: 'state', what: 'it is damaged' });
  const known = await relay(new Request('http://x'), rejecting(damaged));
  assert.equal(known.status, 500);
  assert.equal((await known.json()).error.code, 'E_CHECKPOINT');

  const printed = mock.method(console, 'error', () => {});
  const unknown = await relay(new Request('http://x'), rejecting(new Error('secret')));
  assert.equal(unknown.status, 500);
  assert.doesNotMatch(await unknown.text(), /secret/);
  assert.equal(printed.mock.callCount(), 1);
  printed.mock.restore();
});
