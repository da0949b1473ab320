import type { SpreadDaemon, SpreadSession } from '../..';

/** Options of {@link metrics}. An unknown name is an error. */
export interface MetricsOptions {
  /** Whether to write OpenMetrics 1.0.0 in place of Prometheus' text format 0.0.4; false by default. */
  openMetrics?: boolean | undefined;
}

/** What a scrape gets. */
export interface Metrics {
  /** The figures, a line for each. */
  readonly text: string;
  /** The format of `text`, for the header `Content-Type`. */
  readonly contentType: string;
}

/**
 * Writes the figures of sessions and daemons for Prometheus: docs/metrics.md lists them. Each scrape pings each connected
 * session once, and waits for the answers for at most 1 s. Of two targets with the same labels (a name and an address) the
 * later one counts.
 *
 * Rejects with a TypeError if a target is neither a session nor a daemon.
 */
export function metrics(
  targets: SpreadSession | SpreadDaemon | readonly (SpreadSession | SpreadDaemon)[],
  options?: MetricsOptions,
): Promise<Metrics>;
