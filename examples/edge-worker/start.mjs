/** `npm start`: builds the worker and serves it until Ctrl-C; what it learned stays in build/state. */
import { fileURLToPath } from 'node:url';
import './build.mjs';
import { openWorker } from './local.mjs';

const state = fileURLToPath(new URL('build/state', import.meta.url));
const { url } = await openWorker({ state, port: Number(process.env.PORT ?? 8787) });
console.log(`Listening. Try:

    curl '${url}search?q=it+squeaks'
    curl ${url}feedback -d '{"query": "it squeaks", "id": "lubricate-the-chain"}'
    curl ${url}embed -d '{"texts": ["a flat tyre"]}'
`);
