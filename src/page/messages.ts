/**
 * What a page and its worker say to each other. The worker opens a channel of its own and hands one end to the page, so that other messages
 * between the two are left alone. A call has one question open at a time: itself, then `next` or `return` if it became a stream.
 */
import type { Failure } from './failure.js';
import type { Link } from './pack.js';

/** The first message, from {@link serve} to {@link connect}, with the page's end of the channel. */
export interface Opening {
  adnce: 'page';
  port: MessagePort;
  /** Name of the lock that tells the worker's end. */
  lifeline: string;
}

/** From the page. */
export type Question =
  | { type: 'call'; id: number; name: string; args: unknown; links: readonly Link[] }
  | { type: 'next' | 'return'; id: number }
  | { type: 'abort'; id: number; link: number; reason: Failure };

/** From the worker. */
export type Answer =
  | { type: 'value'; id: number; value: unknown }
  | { type: 'stream'; id: number }
  | { type: 'item'; id: number; value: unknown; done: boolean }
  | { type: 'failure'; id: number; failure: Failure }
  | { type: 'callback'; id: number; link: number; args: unknown };

/** Whether a message is that of {@link serve}. */
export function isOpening(data: unknown): data is Opening {
  return typeof data === 'object' && data !== null && (data as Partial<Opening>).adnce === 'page';
}
