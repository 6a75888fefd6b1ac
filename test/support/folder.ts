/** A folder of its own for a test file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';

/** Calls that give paths in a fresh folder for each test; all of them are removed in the end. */
export function useFolder(): (...parts: string[]) => string {
  let root = '';
  let folder = '';
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'adnce-'));
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(root, 't-'));
  });
  afterAll(async () => {
    await rm(root, { recursive: true });
  });
  return (...parts) => join(folder, ...parts);
}

/** What a promise is rejected with; the test fails if it is not. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string; hint?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
