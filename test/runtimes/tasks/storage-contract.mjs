/** What every storage of runs promises, tried on one; in browsers by a task, elsewhere by the tests. */

const bytesOf = (text) => new TextEncoder().encode(text);
const textOf = (bytes) => (bytes === null ? null : new TextDecoder().decode(bytes));

/**
 * @param make (path) → a storage; equal paths are the same place
 * @returns what is not as promised
 */
export async function complaintsOf(make) {
  const complaints = [];
  const expect = (what, got, wanted) => {
    if (JSON.stringify(got) !== JSON.stringify(wanted))
      complaints.push(`${what}: ${JSON.stringify(wanted)} expected, got ${JSON.stringify(got)}`);
  };
  const refusal = (promise) =>
    promise.then(
      () => 'none',
      ({ code }) => code,
    );
  const [one, same, other] = ['runs/one', 'runs/one', 'runs/one-more'].map(make);
  expect('a new place', [await one.list(), await one.read('a'), await one.size('a')], [[], null, null]);
  const lock = await one.lock();
  expect('a second lock', await refusal(same.lock()), 'E_LOCKED');
  await other.lock().then((free) => free.release());

  const shared = typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(3) : new SharedArrayBuffer(3);
  const view = new Uint8Array(shared);
  view.set(bytesOf('def'));
  await one.write('a', [bytesOf('abc'), new Uint8Array(0), view]);
  await one.write('empty', []);
  await other.write('b', [bytesOf('other')]);
  expect('what is written', textOf(await same.read('a')), 'abcdef');
  expect(
    'a part',
    [textOf(await one.read('a', 2, 4)), textOf(await one.read('a', 4)), await one.size('a')],
    ['cd', 'ef', 6],
  );
  expect('nothing', [textOf(await one.read('empty')), await one.size('empty')], ['', 0]);
  expect('names', [(await one.list()).sort(), await other.list()], [['a', 'empty'], ['b']]);
  await one.write('a', [bytesOf('x')]);
  expect('what is written over', textOf(await one.read('a')), 'x');

  const log = await one.append('log', 0);
  await log.append(bytesOf('one\n'));
  await log.append(bytesOf('two\n'));
  await log.close();
  expect('a log', textOf(await one.read('log')), 'one\ntwo\n');
  const cut = await one.append('log', 4);
  expect('a log that is cut', textOf(await one.read('log')), 'one\n');
  await cut.append(bytesOf('2\n'));
  await cut.close();
  expect('a log that goes on', textOf(await one.read('log')), 'one\n2\n');
  await (await one.append('log', 0)).close();
  expect('a log begun anew', await one.size('log'), 0);

  const large = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251);
  await one.write('large', [large]);
  const back = await one.read('large');
  expect('a large file', back.length === large.length && back.every((byte, i) => byte === large[i]), true);

  await one.remove(['a', 'none', 'log']);
  expect('what is left', (await one.list()).sort(), ['empty', 'large']);
  await one.remove(await one.list());
  await other.remove(await other.list());
  await lock.release();
  await lock.release();
  await (await same.lock()).release();
  await one.discard();
  await other.discard();
  expect('what was discarded', [await one.list(), await other.list()], [[], []]);
  return complaints;
}
