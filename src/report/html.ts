/** HTML by a template tag that escapes all it is given, so that forgetting to escape is not possible. */

/** Markup that needs no escaping any more. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | undefined | readonly Part[];

/** Builds markup: strings are escaped, markup is taken as it is, lists are joined, undefined is nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  let text = strings[0] as string;
  parts.forEach((part, i) => {
    text += markup(part) + strings[i + 1];
  });
  return new Html(text);
}

function markup(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(markup).join('');
  return escapeHtml(String(part));
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  return cleanText(text).replace(/[&<>"']/g, (mark) => ENTITIES[mark] as string);
}

/**
 * Makes a text fit for HTML, SVG and terminals: control characters (but tab and line feed) and lone surrogates become
 * U+FFFD, line ends become line feeds, and marks that turn the direction of whatever follows them are left out.
 */
export function cleanText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(DIRECTIONS, '').replace(UNFIT, '\ufffd');
}

/** A clean text in which nothing breaks the line: for labels of figures and cells of a terminal. */
export function oneLine(text: string): string {
  return cleanText(text).replace(/[\t\n\u2028\u2029]+/g, ' ');
}

/** Embeddings, overrides and isolates: letters of right-to-left scripts need none of them. */
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNFIT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff\p{Surrogate}]/gu;
