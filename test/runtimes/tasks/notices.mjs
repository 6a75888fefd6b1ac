/** What the library printed while `work` ran. */
export async function listen(work) {
  const [warn, said] = [console.warn, []];
  console.warn = (text) => said.push(String(text));
  try {
    return [await work(), said];
  } finally {
    console.warn = warn;
  }
}
