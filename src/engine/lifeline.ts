/**
 * How the end of a web worker is seen. No event tells of it: a worker may close itself, crash, or go on for seconds after `terminate()`.
 * But a lock that it holds (Web Locks API, there wherever memory can be shared) is given back when it has truly ended.
 */

/** Takes a lock that this worker holds until its end. @param name one of its own */
export function holdLifeline(name: string): Promise<void> {
  return new Promise((held, refused) => {
    const forever = () => {
      held();
      return new Promise<never>(() => {});
    };
    navigator.locks.request(name, forever).catch(refused);
  });
}

/** Resolves when the worker that held the lock has ended; at once when none holds it. */
export async function lifelineEnd(name: string): Promise<void> {
  await navigator.locks.request(name, () => {});
}
