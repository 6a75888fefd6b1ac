/** The page of docs/browser.md, as it stands there; what it prints. */
export default async function docs() {
  const [log, said] = [console.log, []];
  console.log = (value) => said.push(value);
  try {
    await import('../build/docs/page.js');
  } finally {
    console.log = log;
  }
  const vectors = said.pop();
  return { steps: said.length, norm: Math.hypot(...vectors), length: vectors.length };
}
