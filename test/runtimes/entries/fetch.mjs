/** A task behind a fetch handler: its input is the body of the request, its answer that of the response. */
import task from 'task';

export async function answer(request) {
  try {
    return Response.json({ answer: await task(await request.json()) });
  } catch (error) {
    return Response.json({ failed: String(error?.stack ?? error) });
  }
}
