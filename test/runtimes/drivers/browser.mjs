/** What all browsers share: the scenes, and a session as a page of the server that takes orders. */
import { existsSync } from 'node:fs';
import { serve } from './server.mjs';

export const PAGE = '/entries/page.html';
const NOT_ISOLATED = /not cross-origin isolated/;

/** Where the engine runs, whether the page is isolated, and what is to be said of it. */
export const SCENES = [
  { name: 'worker, isolated', place: 'worker', isolated: true, threads: [1, 2, 3] },
  { name: 'page, isolated', place: 'page', isolated: true, threads: [undefined], notice: /main thread must not wait/ },
  { name: 'worker, not isolated', place: 'worker', isolated: false, threads: [undefined], notice: NOT_ISOLATED },
  { name: 'page, not isolated', place: 'page', isolated: false, threads: [undefined], notice: NOT_ISOLATED },
];

/** The first of some files that is there, or null. */
export function firstOf(...files) {
  return files.find((file) => existsSync(file)) ?? null;
}

/**
 * @param launch (url) → `{ version, evaluate(order), close() }`: opens a page and runs `runOrder` of it, text to text
 */
export async function openPage({ place, isolated, fault }, launch) {
  const server = await serve({ isolated, fault });
  try {
    const page = await launch(`${server.origin}${PAGE}`);
    return {
      version: page.version,
      origin: server.origin,
      page,
      async run(task, input) {
        const { answer, failed } = JSON.parse(await page.evaluate(JSON.stringify([place, task, input])));
        if (failed !== undefined) throw new Error(failed);
        return answer;
      },
      async close() {
        await page.close();
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}
