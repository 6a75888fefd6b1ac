/**
 * What is tested beside the suite, and where. A case names its task, the scenes it runs in, how the scene is changed for it, and what
 * it expects:
 *
 *     { name, task, where(runtime, scene), scene?, input?, around?, check(answer, first) → complaints }
 *
 * `first` is the suite's first answer, whose digests all agree with; `around(session, work)` looks at the runtime while the task runs.
 */
import { FAULTS } from './drivers/faults.mjs';
import { longestTask } from './drivers/trace.mjs';

const hasThreads = (_, { threads, place }) => threads.includes(2) && place !== 'page';
const isWorker = (scene) => scene.place === 'worker' && scene.isolated;

/** Milliseconds a page's thread may be taken for. */
const FRAME = 16;
/** Seconds in which a lost thread must be noticed, and after which it must have stopped: Chromium ends a worker that sleeps after two. */
const NOTICED = 2000;
const STOPPED = 3500;

/** A complaint for each expectation that is false. */
const complain = (expectations) => Object.entries(expectations).flatMap(([text, met]) => (met ? [] : [text]));

function checkFault({ notice, inJob = false }) {
  return ({ failure, start, alone, recovery, threads, loss, expected, notices, close }) =>
    complain({
      [`E_WORKER within ${NOTICED} ms expected, got ${JSON.stringify(failure)}`]:
        !inJob || (failure.code === 'E_WORKER' && failure.milliseconds < NOTICED),
      [`known within ${NOTICED} ms expected, took ${start} and ${alone}`]: start + alone < NOTICED,
      [`ready again within ${STOPPED} ms expected, took ${recovery}`]: recovery < STOPPED,
      [`closed within ${STOPPED} ms expected, took ${close}`]: close < STOPPED,
      [`1 thread expected, got ${threads}`]: threads === 1,
      [`a loss of ${expected} expected, got ${loss}`]: loss === expected,
      [`one notice like ${notice} expected, got ${JSON.stringify(notices)}`]:
        notices.length === 1 && notice.test(notices[0]),
    });
}

const faults = Object.entries(FAULTS).map(([kind, fault]) => ({
  name: `a thread that is ${kind}`,
  task: 'fault',
  where: hasThreads,
  scene: { fault: kind },
  input: { inJob: fault.inJob ?? false },
  check: checkFault(fault),
}));

function checkPage({ idle, busy, halves, left, stopped, failed, terminated, missing }, first) {
  const { result } = busy;
  const gaps = `${busy.median} / ${busy.p99} / ${busy.largest} (idle: ${idle.median} / ${idle.p99} / ${idle.largest})`;
  return complain({
    [`weights ${first.weights} expected, got ${result.weights}`]: result.weights === first.weights,
    [`200 steps expected, got ${result.steps}`]: result.steps === 200,
    [`several threads and no notice expected, got ${result.threads}, ${result.notice}`]:
      result.threads > 1 && result.notice === null,
    [`no long task expected, got ${busy.longTasks}`]: (busy.longTasks ?? []).length === 0,
    [`half of the page's turns within ${FRAME} ms expected, got median / p99 / largest ${gaps}`]: busy.median < FRAME,
    [`arrays there and back expected, got ${halves}, ${left}`]: String(halves) === '0.5,1,1.5,0.5,1,1.5' && left === 0,
    [`an abort after 5 to 8 steps expected, got ${JSON.stringify(stopped)}`]:
      stopped.name === 'AbortError' && stopped.steps >= 5 && stopped.steps <= 8,
    [`E_DATA with its hint expected, got ${JSON.stringify(failed)}`]:
      failed.ours && failed.code === 'E_DATA' && failed.hint === 'bring data',
    [`E_WORKER of an ended worker expected, got ${JSON.stringify(terminated)}`]:
      terminated.code === 'E_WORKER' && terminated.milliseconds < STOPPED,
    [`E_WORKER of a missing one expected, got ${JSON.stringify(missing)}`]:
      missing.code === 'E_WORKER' && missing.milliseconds < NOTICED,
  });
}

/** Traces the page's thread where the driver can: no task of it may take a frame's time of a processor. */
async function traced(session, work) {
  const { trace } = session.page;
  if (trace === undefined) return { ...(await work()), longest: null };
  const { result, events } = await trace(work);
  return { ...result, longest: longestTask(events) };
}

export const CASES = [
  {
    name: 'memory: 256 MiB, and more on request',
    task: 'memory',
    where: (_, { place }) => place !== undefined,
    input: { threads: 1 },
    check: ({ start, full, again, asked }) =>
      complain({
        [`to start with less than 16 MiB expected, got ${start}`]: start < 16,
        [`E_MEMORY at 256 MiB expected, got ${JSON.stringify(full)}`]:
          full.code === 'E_MEMORY' && full.mebibytes >= 224 && full.mebibytes < 256 && /maximumMemory/.test(full.hint),
        [`memory given back expected, got ${JSON.stringify(again)}`]: again.code === null,
        [`384 MiB on request expected, got ${JSON.stringify(asked)}`]: asked.code === null,
      }),
  },
  {
    name: 'memory that threads share: 256 MiB, and more on request',
    task: 'memory',
    where: (_, scene) => isWorker(scene) && scene.threads.includes(2),
    input: { threads: 2 },
    check: ({ full, asked, shared }) =>
      complain({
        [`shared memory expected, got ${shared}`]: shared,
        [`E_MEMORY at 256 MiB expected, got ${JSON.stringify(full)}`]:
          full.code === 'E_MEMORY' && full.mebibytes >= 224,
        [`384 MiB on request expected, got ${JSON.stringify(asked)}`]: asked.code === null,
      }),
  },
  {
    name: 'a page that trains in a worker',
    task: 'page',
    where: (_, { place, isolated }) => place === 'page' && isolated,
    around: traced,
    check: (answer, first) => [
      ...checkPage(answer, first),
      ...complain({
        [`no task over ${FRAME} ms of processor time on the page's thread expected, got ${answer.longest}`]:
          answer.longest === null || answer.longest < FRAME,
      }),
    ],
  },
  {
    name: 'the page of docs/browser.md',
    task: 'docs',
    where: (_, { place, isolated }) => place === 'page' && isolated,
    check: ({ steps, norm, length }) =>
      complain({
        [`lines of steps expected, got ${steps}`]: steps > 0,
        [`64 numbers of length 1 expected, got ${length} of ${norm}`]: length === 64 && Math.abs(norm - 1) < 1e-5,
      }),
  },
  ...faults,
];
