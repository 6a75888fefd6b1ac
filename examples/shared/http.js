/** JSON over HTTP with the standard Request and Response, which every edge runtime has: routes, and errors with their codes. */
import { AdnceError } from 'adnce';

const MOST_CHARACTERS = 2 ** 18;

/** The status of an error: what is wrong with the request is 4xx, what is wrong with us 5xx. */
const STATUS = {
  E_OPTION: 400,
  E_SHAPE: 400,
  E_VALUE: 400,
  E_DATA: 400,
  E_FORMAT: 400,
  E_ENCODING: 400,
  E_MEMORY: 503,
};

const json = (value, status = 200) => Response.json(value, { status });

/** The response for an error; one that is not an AdnceError is printed here and not told there. */
export function failure(error) {
  if (error instanceof AdnceError) {
    const { code, message, hint } = error;
    return json({ error: { code, message, hint } }, STATUS[code] ?? 500);
  }
  console.error(error);
  return json({ error: { code: 'INTERNAL', message: 'something went wrong here' } }, 500);
}

/** The body of a request. @throws E_FORMAT when it is not a JSON object */
export async function readJson(request) {
  const where = new URL(request.url).pathname;
  const text = await request.text();
  if (text.length > MOST_CHARACTERS) {
    const what = `the body must have at most ${MOST_CHARACTERS} characters, got ${text.length}`;
    throw new AdnceError('E_FORMAT', { where, what });
  }
  let value;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AdnceError('E_FORMAT', { where, what: `the body must be JSON: ${cause.message}`, cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new AdnceError('E_FORMAT', { where, what: 'the body must be a JSON object' });
}

/**
 * @param routes `{ 'GET /search': async (request, url) => value }`
 * @returns a function from a request to its response; it never rejects
 */
export function router(routes) {
  const paths = new Set(Object.keys(routes).map((route) => route.split(' ')[1]));
  return async (request) => {
    const url = new URL(request.url);
    const route = routes[`${request.method} ${url.pathname}`];
    const known = Object.keys(routes).join(', ');
    if (route === undefined) {
      const [code, status] = paths.has(url.pathname) ? ['METHOD_NOT_ALLOWED', 405] : ['NOT_FOUND', 404];
      return json({ error: { code, message: `there is no ${request.method} ${url.pathname}`, hint: known } }, status);
    }
    try {
      return json(await route(request, url));
    } catch (error) {
      return failure(error);
    }
  };
}
