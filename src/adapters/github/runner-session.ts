import type { JobRequestBody } from '../../contract/runner-protocol.ts';
import { AppError, isAppError } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';
import type { AcquiredJob, RunnerMessage, RunnerSession } from '../../ports/runner-protocol.ts';
import {
  type BrokerDeps,
  callBroker,
  closeBrokerSession,
  describeRunner,
  errorKindOf,
  openBrokerSession,
} from './broker-api.ts';
import { readMessage } from './broker-message.ts';
import { refusal, succeeded } from './http.ts';
import { CALL_RETRIES, jitter, retrying } from './retry.ts';
import { RUNNER_VERSION } from './runner-version.ts';

export interface SessionDeps extends BrokerDeps {
  readonly log: Log;
  readonly ownerName: string;
  readonly pollTimeoutMs: number;
  readonly acquire: (request: JobRequestBody, signal: AbortSignal) => Promise<AcquiredJob | null>;
}

const ACKNOWLEDGE_BUDGET_MS = 5_000;
/** Outer back-off of the poll: 15 to 30 s five times, then 30 to 60 s; the tenth failure is thrown. */
const POLL_FAILURES = 10;
/** An answer this fast that brought nothing means that the server does not hold the poll. */
const QUICK_ANSWER_MS = 500;
const QUICK_PAUSE_MS = { first: 250, most: 10_000 };
const THROTTLE_MS = { first: 1_000, most: 60_000 };

/** One session at the broker; see the port for its contract. Opened by `openRunnerSession` only. */
class BrokerRunnerSession implements RunnerSession {
  readonly #deps: SessionDeps;
  #sessionId: string;
  readonly #cancelled = new Set<string>();
  readonly #taken = new Set<string>();
  #quick = 0;
  #refusedInRow = 0;

  constructor(deps: SessionDeps, sessionId: string) {
    this.#deps = deps;
    this.#sessionId = sessionId;
  }

  async next(status: 'Online' | 'Busy', signal: AbortSignal): Promise<RunnerMessage> {
    for (;;) {
      const askedAt = this.#deps.clock.now();
      const envelope = await this.#pollWithBackOff(status, signal);
      const message = envelope === undefined ? null : this.#accept(envelope);
      if (message !== null) {
        this.#quick = 0;
        return message;
      }
      await this.#pace(askedAt, signal);
    }
  }

  async acquire(request: JobRequestBody, signal: AbortSignal): Promise<AcquiredJob | null> {
    await this.#throttle(signal);
    if (request.should_acknowledge) await this.#acknowledge(request.runner_request_id);
    const job = await this.#deps.acquire(request, signal);
    if (job === null) {
      this.#refusedInRow += 1;
      return null;
    }
    this.#refusedInRow = 0;
    this.#taken.add(request.runner_request_id);
    return job;
  }

  async close(): Promise<void> {
    await closeBrokerSession(this.#deps);
  }

  /** A message for the caller, or null for one that was seen before or needs nothing (J.25). */
  #accept(envelope: unknown): RunnerMessage | null {
    const message = readMessage(envelope);
    switch (message.kind) {
      case 'job':
        return this.#taken.has(message.request.runner_request_id) ? null : message;
      case 'cancel':
        if (this.#cancelled.has(message.jobId)) return null;
        this.#cancelled.add(message.jobId);
        return message;
      case 'refresh-token':
        this.#deps.token.forget();
        return null;
      case 'skip':
        this.#deps.log.debug('broker message skipped', { messageType: message.messageType });
        return null;
      case 'shutdown':
        return message;
    }
  }

  /** GitHub holds an empty poll for 50 s; a server that does not must not get a hot loop (J.2). */
  async #pace(askedAt: number, signal: AbortSignal): Promise<void> {
    const quick = this.#deps.clock.now() - askedAt < QUICK_ANSWER_MS;
    this.#quick = quick ? this.#quick + 1 : 0;
    if (this.#quick === 0) return;
    const pause = QUICK_PAUSE_MS.first * 2 ** (this.#quick - 1);
    await this.#deps.clock.sleep(Math.min(pause, QUICK_PAUSE_MS.most), signal);
  }

  async #pollWithBackOff(status: 'Online' | 'Busy', signal: AbortSignal): Promise<unknown> {
    for (let failures = 0; ; ) {
      if (signal.aborted) throw new AppError('cancelled', 'polling was cancelled');
      try {
        return await retrying(this.#deps.clock, CALL_RETRIES, signal, () =>
          this.#poll(status, signal),
        );
      } catch (error) {
        failures += 1;
        if (!isAppError(error) || !error.retryable || failures >= POLL_FAILURES) throw error;
        if (failures === 1) {
          this.#deps.log.warn('broker does not answer', { detail: error.message });
        }
        const wait = failures <= 5 ? jitter(15_000, 30_000) : jitter(30_000, 60_000);
        await this.#deps.clock.sleep(wait, signal);
      }
    }
  }

  /** One long poll: the envelope, or undefined for "no message" (202, 204, empty, JSON null). */
  async #poll(status: 'Online' | 'Busy', signal: AbortSignal): Promise<unknown> {
    const what = 'polling for messages';
    const query = { ...describeRunner(this.#sessionId, status), disableUpdate: 'true' };
    const timeoutMs = this.#deps.pollTimeoutMs;
    const call = { what, method: 'GET', path: 'message', query, timeoutMs, signal };
    const reply = await callBroker(this.#deps, call);
    if (errorKindOf(reply.json) !== null || !succeeded(reply)) {
      return this.#failedPoll(what, reply.status, reply.json, signal);
    }
    return reply.json ?? undefined;
  }

  async #failedPoll(
    what: string,
    status: number,
    body: unknown,
    signal: AbortSignal,
  ): Promise<undefined> {
    const kind = errorKindOf(body);
    if (kind === 'RunnerSessionInvalid') {
      this.#sessionId = await openBrokerSession(this.#deps, this.#deps.ownerName, signal);
      return undefined;
    }
    if (kind === 'RunnerVersionTooOld') {
      const detail = `${what}: GitHub holds runner version ${RUNNER_VERSION} for too old`;
      throw new AppError('github-refused', detail);
    }
    if (kind === 'RunnerNotFound' || kind === 'HostedRunnerDeprovisioned' || status === 404) {
      throw new AppError('runner-gone', `${what}: GitHub no longer knows this runner`);
    }
    if (status === 401) {
      throw new AppError('runner-gone', `${what}: GitHub no longer accepts this runner's token`);
    }
    if (status === 403) throw refusal(what, status);
    const detail = `${what}: answered with status ${status}`;
    throw new AppError('github-unreachable', detail, { retryable: true });
  }

  /** Best effort within a budget; the acquire that follows is what counts (protocol B.2). */
  async #acknowledge(runnerRequestId: string): Promise<void> {
    await callBroker(this.#deps, {
      what: 'acknowledging a job',
      method: 'POST',
      path: 'acknowledge',
      query: describeRunner(this.#sessionId, 'Online'),
      body: { runnerRequestId },
      timeoutMs: ACKNOWLEDGE_BUDGET_MS,
      signal: AbortSignal.timeout(ACKNOWLEDGE_BUDGET_MS),
    }).catch((error: unknown) => {
      const detail = isAppError(error) ? error.message : 'unknown';
      this.#deps.log.debug('job not acknowledged', { detail });
    });
  }

  /** Refused jobs come again and again: none, then 1 s doubling to 60 s (protocol C.1). */
  async #throttle(signal: AbortSignal): Promise<void> {
    if (this.#refusedInRow === 0) return;
    const wait = THROTTLE_MS.first * 2 ** (this.#refusedInRow - 1);
    await this.#deps.clock.sleep(Math.min(wait, THROTTLE_MS.most), signal);
  }
}

export async function openRunnerSession(
  deps: SessionDeps,
  signal: AbortSignal,
): Promise<RunnerSession> {
  const sessionId = await openBrokerSession(deps, deps.ownerName, signal);
  return new BrokerRunnerSession(deps, sessionId);
}
