/** The Durable Object: an encoder that adapts, and its state in the object's storage. */
import { DurableObject } from 'cloudflare:workers';
import model from '../../build/model/model.json' with { type: 'json' };
import weights from '../../build/model/model.safetensors';
import articles from '../../shared/articles.json' with { type: 'json' };
import { mustBeText } from '../../shared/check.js';
import { readJson, router } from '../../shared/http.js';
import { searchRoutes } from '../../shared/routes.js';
import { Learner } from './learner.js';
import { readState, writeState } from './storage.js';

export class Adapter extends DurableObject {
  #answer;

  constructor(context, env) {
    super(context, env);
    // No request is answered before this is done.
    context.blockConcurrencyWhile(async () => {
      const learner = await Learner.open(model, new Uint8Array(weights), articles);
      const state = await readState(context.storage);
      if (state !== null && !learner.load(state)) console.warn('The stored state is of another model; starting anew.');
      this.#answer = router(routesOf(learner, context.storage));
    });
  }

  fetch(request) {
    return this.#answer(request);
  }
}

function routesOf(learner, storage) {
  return {
    ...searchRoutes(learner.search),
    async 'POST /feedback'(request) {
      const { query, id } = await readJson(request);
      mustBeText('/feedback', 'query', query);
      mustBeText('/feedback', 'id', id);
      const before = learner.rankOf(query, id);
      const loss = learner.learn(query, id);
      await writeState(storage, learner.state());
      return { loss, steps: learner.steps, rank: { before, after: learner.rankOf(query, id) } };
    },
  };
}
