import { randomUUID } from 'node:crypto';
import type { JobMessage, JobRequestBody } from '../../contract/runner-protocol.ts';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { AcquiredJob, ResultsService, RunnerProtocol } from '../../ports/runner-protocol.ts';
import { ActionCache } from './action-cache.ts';
import { createHttp, type Http } from './http.ts';
import { decodeJitConfig } from './jit-config.ts';
import { openJobActions } from './job-actions.ts';
import { openLiveFeed } from './live-feed.ts';
import { createResultsService, noResultsService } from './results-service.ts';
import {
  acquireJob,
  completeInOneRound,
  completeJob,
  type JobLease,
  type RunServiceDeps,
  renewJob,
  salvageLease,
} from './run-service.ts';
import { openRunnerSession } from './runner-session.ts';
import { createRunnerToken, type RunnerToken } from './runner-token.ts';
import { RUNNER_VERSION } from './runner-version.ts';

export interface RunnerProtocolDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Where downloaded actions are kept; of this hub alone. */
  readonly actionsFolder: string;
}

export interface RunnerProtocolNumbers {
  /** Client limit of a long poll that the server holds for about 50 s (protocol B.1). */
  readonly pollTimeoutMs: number;
  readonly callTimeoutMs: number;
  /** What may be kept of downloaded actions. */
  readonly actionCacheBytes: number;
}

const DEFAULTS: RunnerProtocolNumbers = {
  pollTimeoutMs: 100_000,
  callTimeoutMs: 30_000,
  actionCacheBytes: 4 * 1024 * 1024 * 1024,
};
const USER_AGENT = `GitHubActionsRunner-linux-x64/${RUNNER_VERSION} (RunnerHub)`;

interface Wire {
  readonly http: Http;
  readonly clock: Clock;
  readonly service: RunServiceDeps;
  readonly cache: ActionCache;
}

/** The V2 runner protocol over HTTP (protocol A to E). */
export function createRunnerProtocol(
  deps: RunnerProtocolDeps,
  numbers: Partial<RunnerProtocolNumbers> = {},
): RunnerProtocol {
  const { pollTimeoutMs, callTimeoutMs, actionCacheBytes } = { ...DEFAULTS, ...numbers };
  const { clock, log, actionsFolder } = deps;
  const http = createHttp(USER_AGENT);
  const service: RunServiceDeps = { http, clock, callTimeoutMs };
  const cache = new ActionCache({ folder: actionsFolder, maxBytes: actionCacheBytes, clock });
  const wire: Wire = { http, clock, service, cache };

  return {
    async openSession(encodedJitConfig, ownerName, signal) {
      const { settings, credentials } = decodeJitConfig(encodedJitConfig);
      const token = createRunnerToken({ http, clock }, credentials, callTimeoutMs);
      const session = {
        http,
        clock,
        token,
        settings,
        clientId: randomUUID(),
        callTimeoutMs,
        log: log.child({ runner: settings.agentname }),
        ownerName,
        pollTimeoutMs,
        acquire: (request: JobRequestBody, stop: AbortSignal) =>
          acquire(wire, token, request, stop),
      };
      return openRunnerSession(session, signal);
    },
    // One round only: the reaper comes again, and a start of the hub must not hang on GitHub.
    completeOrphan: (runServiceUrl, token, result) =>
      completeInOneRound(service, { runServiceUrl, token }, result),
  };
}

async function acquire(
  wire: Wire,
  token: RunnerToken,
  request: JobRequestBody,
  signal: AbortSignal,
): Promise<AcquiredJob | null> {
  const message = await acquireJob(wire.service, request, token, signal);
  if (message === null) return null;
  const lease = salvageLease(message);
  if (lease === null) {
    // Nobody can complete such a job: it says neither where nor with which token.
    throw new AppError('github-refused', 'acquiring a job: its message has no SystemVssConnection');
  }
  return {
    message,
    runServiceUrl: lease.runServiceUrl,
    token: lease.token,
    renew: (stop) => renewJob(wire.service, lease, stop),
    complete: (result) => completeJob(wire.service, lease, result),
    results: openResults(wire, message, lease),
    actions: openJobActions(
      { http: wire.http, clock: wire.clock, cache: wire.cache, userAgent: USER_AGENT },
      message,
      lease,
    ),
  };
}

function openResults(wire: Wire, message: JobMessage, lease: JobLease): ResultsService {
  const endpoint = message.variables['system.github.results_endpoint']?.value;
  if (!endpoint) return noResultsService();
  const connection = message.resources.endpoints.find(({ name }) => name === 'SystemVssConnection');
  const feedUrl = connection?.data?.['FeedStreamUrl'];
  const { http, clock } = wire;
  const { token, planId, jobId } = lease;
  const feed = openLiveFeed(feedUrl ? { clock, url: feedUrl, token, userAgent: USER_AGENT } : null);
  return createResultsService({ http, clock, endpoint, token, planId, jobId }, feed);
}
