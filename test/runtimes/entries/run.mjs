/** Runs a task, by its name, in whatever loads this module; an error comes back as `{ failed }`. */
export async function runTask(task, input) {
  try {
    const { default: work } = await import(`../tasks/${task}.mjs`);
    return { answer: await work(input) };
  } catch (error) {
    return { failed: String(error?.stack ?? error) };
  }
}
