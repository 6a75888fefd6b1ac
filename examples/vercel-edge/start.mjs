/** `npm start`: builds the function and serves it until Ctrl-C. */
import { runServer } from 'edge-runtime';
import './build.mjs';
import { openFunction, prepareFunction } from './local.mjs';

const runtime = openFunction(await prepareFunction());
const port = Number(process.env.PORT ?? 3000);
await runServer({ runtime, port, host: '127.0.0.1' });
const url = `http://127.0.0.1:${port}/`;
console.log(`Listening. Try:

    curl '${url}search?q=it+squeaks'
    curl ${url}embed -d '{"texts": ["a flat tyre"]}'
`);
