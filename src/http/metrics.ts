import { Counter, Gauge, type Registry } from 'prom-client';
import type { DispatchQueue } from '../ports/dispatch-queue.ts';
import type { JobBoard } from '../ports/job-board.ts';
import type { Outbox } from '../ports/job-ledger.ts';

export interface HubMetrics {
  /** Counts one delivery by its event and what became of it. */
  delivery(event: string, outcome: string): void;
}

export interface MetricsDeps {
  readonly registry: Registry;
  readonly board: Pick<JobBoard, 'countByState'>;
  readonly queue: Pick<DispatchQueue, 'counts'>;
  readonly outbox: Pick<Outbox, 'depth'>;
}

/** Labels come from closed sets only, so a stranger's headers cannot fill the memory. */
const EVENTS = new Set(['ping', 'workflow_job']);

/**
 * Gauges are read from the stores at scrape time. A store that does not answer leaves its gauge
 * without a value: no data is not zero.
 */
export function createHubMetrics({ registry, board, queue, outbox }: MetricsDeps): HubMetrics {
  const deliveries = new Counter({
    name: 'runnerhub_webhook_deliveries_total',
    help: 'Webhook deliveries by event and outcome.',
    labelNames: ['event', 'outcome'],
    registers: [registry],
  });
  gauge(registry, 'runnerhub_jobs', 'Jobs in the ledger by state.', 'state', () =>
    board.countByState(),
  );
  gauge(registry, 'runnerhub_queue_entries', 'Entries of the queue by state.', 'state', () =>
    queue.counts(),
  );
  gauge(registry, 'runnerhub_outbox_entries', 'Entries not yet handed on.', 'state', async () => ({
    waiting: await outbox.depth(),
  }));
  return {
    delivery: (event, outcome) =>
      deliveries.inc({ event: EVENTS.has(event) ? event : 'other', outcome }),
  };
}

function gauge(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  read: () => Promise<object>,
): void {
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    async collect() {
      this.reset();
      const values = await read().catch(() => ({}));
      for (const [key, value] of Object.entries(values)) this.set({ [label]: key }, value);
    },
  });
}
