import { randomUUID } from 'node:crypto';
import { deliveryId, instanceId, jobIdOf, poolName, runnerId } from '../../src/domain/ids.ts';
import type { JobReport } from '../../src/domain/job-lifecycle.ts';
import type { Delivery, JobIdentity, ReportedJob } from '../../src/ports/job-ledger.ts';
import type { RunnerRecord } from '../../src/ports/runner-store.ts';

export const aDelivery = (change: Partial<Delivery> = {}): Delivery => ({
  id: deliveryId(randomUUID()),
  event: 'workflow_job',
  receivedAt: '2026-01-01T00:00:01.500Z',
  payload: '{}',
  ...change,
});

export const aReport = (
  id: number,
  status: JobReport['status'] = 'queued',
  change: Partial<JobIdentity> = {},
): ReportedJob => ({
  identity: {
    id: jobIdOf(id),
    repository: 'octo/app',
    runId: 100,
    runAttempt: 1,
    workflow: 'CI',
    name: `job ${id}`,
    labels: ['self-hosted', 'Linux'],
    headSha: 'a'.repeat(40),
    headBranch: 'main',
    htmlUrl: null,
    ...change,
  },
  report: { status, conclusion: status === 'completed' ? 'success' : null },
  queuedAt: '2026-01-01T00:00:00.000Z',
  completedAt: status === 'completed' ? '2026-01-01T00:05:00.000Z' : null,
});

export const aRunner = (suffix: string, change: Partial<RunnerRecord> = {}): RunnerRecord => ({
  id: runnerId(suffix),
  name: `hub-${suffix}`,
  githubId: null,
  scope: 'octo/app',
  labels: ['self-hosted', 'linux'],
  pool: poolName('default'),
  host: null,
  container: null,
  state: 'starting',
  job: null,
  wantedBy: null,
  instance: instanceId('a'),
  createdAt: '2026-01-01T00:00:02.000Z',
  ticket: null,
  ...change,
});
