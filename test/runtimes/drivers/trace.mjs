/** What a Chromium trace says of the page's own thread. */

/**
 * @param events of the category devtools.timeline
 * @returns milliseconds of processor time of the longest task. Not of wall time: on a machine whose processors are all at work a thread also
 *   waits for its turn, which no page can help.
 */
export function longestTask(events) {
  const isMain = ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain';
  const threads = new Set(events.filter(isMain).map(({ pid, tid }) => `${pid}:${tid}`));
  const tasks = events.filter(
    ({ name, pid, tid, tdur }) => name === 'RunTask' && threads.has(`${pid}:${tid}`) && tdur > 0,
  );
  if (tasks.length === 0) throw new Error("the trace holds no task of the page's thread");
  return tasks.reduce((longest, { tdur }) => Math.max(longest, tdur / 1000), 0);
}
