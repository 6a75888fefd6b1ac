/** The two routes that all examples have. */
import { mustBeCount, mustBeList, mustBeText } from './check.js';
import { readJson } from './http.js';

/** @param search a Search */
export function searchRoutes(search) {
  return {
    async 'POST /embed'(request) {
      const { texts } = await readJson(request);
      mustBeList('/embed', 'texts', texts).forEach((text, i) => {
        mustBeText('/embed', `texts[${i}]`, text);
      });
      return { dimension: search.dimension, embeddings: search.embed(texts) };
    },
    async 'GET /search'(_, { searchParams }) {
      const query = mustBeText('/search', 'q', searchParams.get('q'));
      const k = mustBeCount('/search', 'k', searchParams.get('k'), 5);
      return { query, results: search.find(query, k) };
    },
  };
}
