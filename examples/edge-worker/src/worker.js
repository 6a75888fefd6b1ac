/** The worker: every request goes to the one object that holds the weights. A name for each tenant would give each weights of its own. */
export { Adapter } from './adapter.js';

export default {
  fetch: (request, { ADAPTER }) => ADAPTER.get(ADAPTER.idFromName('everyone')).fetch(request),
};
