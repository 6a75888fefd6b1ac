/** The worker: every request goes to the one object that holds the weights. A name for each tenant would give each weights of its own. */
import { relay } from './relay.js';

export { Adapter } from './adapter.js';

export default {
  fetch: (request, { ADAPTER }) => relay(request, ADAPTER.get(ADAPTER.idFromName('everyone'))),
};
