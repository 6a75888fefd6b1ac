/**
 * A handler of the Lambda kind, for events of an HTTP API (payload 2.0). What stands outside of the function runs once, while the platform
 * starts the process.
 */
import { readFile } from 'node:fs/promises';
import { router } from '../shared/http.js';
import { openEncoder } from '../shared/model.js';
import { searchRoutes } from '../shared/routes.js';
import { Search } from '../shared/search.js';

const read = (path) => readFile(new URL(path, import.meta.url));
const readJson = async (path) => JSON.parse(await read(path));

const { encoder } = await openEncoder(
  await readJson('../build/model/model.json'),
  await read('../build/model/model.safetensors'),
);
const answer = router(searchRoutes(new Search(encoder, await readJson('../shared/articles.json'))));

/** @param event of API Gateway or a function URL @returns `{ statusCode, headers, body }` */
export async function handler(event) {
  const response = await answer(requestOf(event));
  const headers = { 'content-type': response.headers.get('content-type') };
  return { statusCode: response.status, headers, body: await response.text() };
}

function requestOf({ rawPath, rawQueryString = '', requestContext, body, isBase64Encoded = false }) {
  const { method } = requestContext.http;
  const url = new URL(`http://lambda${rawPath}${rawQueryString === '' ? '' : `?${rawQueryString}`}`);
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
  return new Request(url, { method, ...(method === 'GET' || body === undefined ? {} : { body: text }) });
}
