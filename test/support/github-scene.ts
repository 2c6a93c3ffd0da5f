import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { tokenCredentials } from '../../src/adapters/github/credentials.ts';
import { createRestClient, type RestClient } from '../../src/adapters/github/rest-client.ts';
import { createRunnerProtocol } from '../../src/adapters/github/runner-protocol.ts';
import type { CompleteJobRequest } from '../../src/contract/runner-protocol.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AcquiredJob, RunnerSession } from '../../src/ports/runner-protocol.ts';
import { createTestClock } from './clocks.ts';
import { createRecordingLog, type RecordingLog } from './logs.ts';
import {
  aToken,
  holdPoll,
  JOB,
  jobRequest,
  type MiniGitHub,
  openMiniGitHub,
} from './mini-github.ts';

/** A small GitHub where everything goes well until a test says otherwise, and a runner for it. */
export interface GitHubScene extends AsyncDisposable {
  readonly github: MiniGitHub;
  readonly log: RecordingLog;
  readonly clock: Clock;
  /** The cache of downloaded actions. */
  readonly actionsFolder: string;
  open(jitConfig?: string): Promise<RunnerSession>;
  acquire(): Promise<AcquiredJob>;
}

export const never = new AbortController().signal;
export const REST_TOKEN = 'rest-token-secret';

export const aCompletion: CompleteJobRequest = {
  planId: JOB.planId,
  jobId: JOB.jobId,
  conclusion: 'succeeded',
  outputs: {},
  stepResults: [],
  annotations: [],
  telemetry: [],
};

export async function openGitHubScene(): Promise<GitHubScene> {
  const github = await openMiniGitHub();
  const log = createRecordingLog();
  // Back-off of minutes passes in milliseconds.
  const clock = createTestClock(1000);
  const actionsFolder = mkdtempSync(path.join(tmpdir(), 'actions-'));
  const protocol = createRunnerProtocol({ clock, log, actionsFolder }, { callTimeoutMs: 2_000 });
  github.on('POST /token', aToken);
  github.on('POST /broker/session', { status: 201, json: { sessionId: 'session-1' } });
  github.on('DELETE /broker/session', { status: 204 });
  github.on('GET /broker/message', holdPoll);
  github.on('POST /broker/acknowledge', { status: 200 });
  github.on('POST /run/7/acquirejob', { status: 200, json: github.jobMessage() });
  github.on('POST /run/7/renewjob', { status: 200, json: { lockedUntil: '2026-06-30T15:40:39Z' } });
  github.on('POST /run/7/completejob', { status: 204 });
  const open = (jit = github.jitConfig()): Promise<RunnerSession> =>
    protocol.openSession(jit, 'here', never);
  return {
    github,
    log,
    clock,
    actionsFolder,
    open,
    async acquire() {
      github.on('GET /broker/message', [jobRequest(github.url), holdPoll]);
      const session = await open();
      const message = await session.next('Online', never);
      if (message.kind !== 'job') throw new Error('no job');
      const job = await session.acquire(message.request, never);
      if (job === null) throw new Error('not acquired');
      return job;
    },
    async [Symbol.asyncDispose]() {
      await github[Symbol.asyncDispose]();
      rmSync(actionsFolder, { recursive: true });
      expect(JSON.stringify(log.entries)).not.toMatch(/token-secret|runner-token|client_assertion/);
    },
  };
}

/** A client of the REST API, with the token of the scene unless told. */
export const restOf = (url: string, clock: Clock, token = REST_TOKEN): RestClient =>
  createRestClient({
    apiUrl: url,
    credentials: tokenCredentials(new Secret(token)),
    userAgent: 'test',
    clock,
  });
