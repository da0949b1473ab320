import type SpreadSession from '../..';
import type { SpreadDaemon } from '../..';

/** Options of {@link serve}: either `address` or `daemon`, and where to serve. An unknown name is an error. */
export interface ServeOptions {
  /**
   * The daemon to watch, or several daemons of one network: the page has a session at each, and compares what they see.
   */
  address?: SpreadSession.Address | readonly SpreadSession.Address[] | undefined;
  /** An embedded daemon to watch: all of its groups and sessions are on the page, by `daemon.snapshot()`. */
  daemon?: SpreadDaemon | undefined;
  /** Groups to watch from the start. The page's sessions join them. */
  groups?: readonly string[] | undefined;
  /** Address to listen on: `'127.0.0.1'` by default; one that other machines reach needs a `token`. */
  host?: string | undefined;
  /** Port to listen on: 8480 by default, 0 for any free one. */
  port?: number | undefined;
  /** A secret that the page's address has, and without which nobody gets anything. None by default. */
  token?: string | undefined;
  /** The engine of the page's sessions, as in `connect()`; an embedded daemon is always watched with `'native'`. */
  engine?: SpreadSession.Engine | undefined;
}

/** A page that is served. */
export interface Page {
  /** Where the page is, with the token if there is one. */
  readonly url: string;
  /** The port it listens on. */
  readonly port: number;
  /** Ends the page's sessions and closes its server; an embedded daemon goes on. */
  close(): Promise<void>;
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves a page that shows groups, members, views, rates and messages live: docs/web.md. Resolves once it listens, also while no
 * daemon answers; rejects with a TypeError or RangeError for wrong options, and with the system's error if the port is in use.
 */
export function serve(options: ServeOptions): Promise<Page>;
