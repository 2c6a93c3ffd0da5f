import { describe, expect, it } from 'vitest';
import { compareJob, compareRunner } from './discrepancy.ts';
import { type JobReport, type JobStatus, statusOfReport } from './job-lifecycle.ts';

const report = (status: JobReport['status']): JobReport => ({
  status,
  conclusion: status === 'completed' ? 'success' : null,
});
const queued = statusOfReport(report('queued'));
const running: JobStatus = { ...queued, state: 'running', waiting: null };
const completed = statusOfReport(report('completed'));

describe('a job in the ledger beside what GitHub says of it', () => {
  it.each([
    [null, 'queued', 'job-unknown'],
    [null, 'in_progress', 'job-unknown'],
    [null, 'completed', null],
    [queued, 'queued', null],
    [queued, 'in_progress', 'job-behind'],
    [queued, 'completed', 'job-behind'],
    [running, 'queued', null],
    [running, 'in_progress', null],
    [running, 'completed', 'job-behind'],
    [completed, 'in_progress', 'job-ahead'],
    [completed, 'completed', null],
  ] as const)('%o and %s: %s', (known, status, kind) => {
    expect(compareJob(known, report(status))).toBe(kind);
  });

  it('is behind while it is held and GitHub no longer holds it', () => {
    expect(compareJob(statusOfReport(report('waiting')), report('queued'))).toBe('job-behind');
  });
});

describe('a runner here beside its registration', () => {
  it('may only be removed when both say that it does nothing', () => {
    expect(compareRunner('gone', { busy: false })).toBe('runner-left');
    expect(compareRunner('gone', { busy: true })).toBe('runner-busy');
    expect(compareRunner('starting', { busy: false })).toBeNull();
    expect(compareRunner('busy', { busy: true })).toBeNull();
  });
});
