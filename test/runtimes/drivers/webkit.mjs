/** WebKitGTK's MiniBrowser, driven by WebKitWebDriver over plain W3C WebDriver, on a display of its own. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { firstOf, openPage, SCENES } from './browser.mjs';

const DRIVER = '/usr/bin/WebKitWebDriver';
const BROWSERS = ['x86_64', 'aarch64'].map((arch) => `/usr/lib/${arch}-linux-gnu/webkit2gtk-4.1/MiniBrowser`);
const DISPLAY = '/usr/bin/xvfb-run';
/** Long enough for a whole suite. */
const SCRIPT_MILLISECONDS = 300_000;

const find = () => (firstOf(DRIVER) && firstOf(DISPLAY) ? firstOf(...BROWSERS) : null);

/** Shared memory between threads is behind a switch in this port. */
const SHARED = { JSC_useSharedArrayBuffer: '1' };

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One call of the protocol. @throws with the driver's own words */
async function call(base, method, path, body) {
  const response = await fetch(`${base}${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`WebKitWebDriver: ${value?.error}: ${value?.message}`);
  return value;
}

/** Waits until the driver answers. */
async function untilReady(base) {
  for (let turn = 0; turn < 100; turn++) {
    const ready = await call(base, 'GET', '/status').then(
      () => true,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('WebKitWebDriver did not start within ten seconds');
}

async function startDriver(env) {
  const port = await freePort();
  // In a group of its own, so that the display ends with it.
  const child = spawn(DISPLAY, ['-a', DRIVER, `--port=${port}`], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
    detached: true,
  });
  const base = `http://127.0.0.1:${port}`;
  const stop = () => {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch {}
  };
  try {
    await untilReady(base);
  } catch (error) {
    stop();
    throw error;
  }
  return { base, stop };
}

const launch = (env) => async (url) => {
  const driver = await startDriver(env);
  try {
    const { sessionId, capabilities } = await call(driver.base, 'POST', '/session', {
      capabilities: {
        alwaysMatch: {
          timeouts: { script: SCRIPT_MILLISECONDS },
          'webkitgtk:browserOptions': { binary: find(), args: ['--automation'] },
        },
      },
    });
    const session = `${driver.base}/session/${sessionId}`;
    await call(session, 'POST', '/url', { url });
    return {
      version: capabilities.browserVersion,
      evaluate: (order) =>
        call(session, 'POST', '/execute/async', {
          script: `const [order, done] = arguments;
            const start = () => (globalThis.runOrder ? globalThis.runOrder(order).then(done) : setTimeout(start, 20));
            start();`,
          args: [order],
        }),
      async close() {
        await call(session, 'DELETE', '').catch(() => {});
        driver.stop();
      },
    };
  } catch (error) {
    driver.stop();
    throw error;
  }
};

export const webkit = {
  name: 'WebKitGTK',
  hint: 'apt-get install webkit2gtk-driver xvfb xauth',
  scenes: [
    ...SCENES.slice(0, 2).map((scene) => ({ ...scene, env: SHARED })),
    { ...SCENES[0], name: 'worker, no switch', threads: [undefined], notice: /no shared memory/ },
    ...SCENES.slice(2),
  ],
  find,
  open: (scene) => openPage(scene, launch(scene.env)),
};
