/** Hands a request to the object. Where that can't answer at all, such as one whose stored state is damaged, there is JSON nevertheless. */
import { failure } from '../../shared/http.js';

export async function relay(request, object) {
  try {
    return await object.fetch(request);
  } catch (error) {
    return failure(error);
  }
}
