/** Checks of what a request brings; a wrong thing is an AdnceError, as the library's own checks throw. */
import { AdnceError } from 'adnce';

export const LIMITS = { texts: 64, characters: 2000, results: 20 };

/** How a value is named in a message. */
const nameOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value);

/** @returns the text @throws E_DATA */
export function mustBeText(where, name, value) {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= LIMITS.characters) return value;
  const got = typeof value === 'string' ? `${value.length} characters` : nameOf(value);
  const what = `"${name}" must be a text of 1 to ${LIMITS.characters} characters, got ${got}`;
  throw new AdnceError('E_DATA', { where, what });
}

/** @returns the list @throws E_DATA */
export function mustBeList(where, name, value) {
  if (Array.isArray(value) && value.length > 0 && value.length <= LIMITS.texts) return value;
  const got = Array.isArray(value) ? `${value.length} entries` : nameOf(value);
  const what = `"${name}" must be a list of 1 to ${LIMITS.texts} entries, got ${got}`;
  throw new AdnceError('E_DATA', { where, what });
}

/** @param text of a query string, or null @returns a count @throws E_OPTION */
export function mustBeCount(where, name, text, otherwise) {
  const value = text === null ? otherwise : Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= LIMITS.results) return value;
  const what = `"${name}" must be an integer from 1 to ${LIMITS.results}, got ${JSON.stringify(text)}`;
  throw new AdnceError('E_OPTION', { where, what });
}
