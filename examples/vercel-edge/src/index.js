/** An edge function of Vercel's: embeddings and search. The encoder is opened by the first request, and kept. */
import model from '../../build/model/model.json' with { type: 'json' };
import weights from '../../build/model/model.safetensors';
import articles from '../../shared/articles.json' with { type: 'json' };
import { router } from '../../shared/http.js';
import { openEncoder } from '../../shared/model.js';
import { searchRoutes } from '../../shared/routes.js';
import { Search } from '../../shared/search.js';

export const config = { runtime: 'edge' };

let answer = null;

async function open() {
  const { encoder } = await openEncoder(model, weights);
  return router(searchRoutes(new Search(encoder, articles)));
}

export default async function handler(request) {
  answer ??= open();
  return (await answer)(request);
}
