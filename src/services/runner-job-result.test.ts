import { describe, expect, it } from 'vitest';
import { AppError } from '../domain/errors.ts';
import type { JobResult } from '../ports/job-executor.ts';
import { brokenResult, explainResult, type JobCircumstances } from './runner-job-result.ts';

const calm: JobCircumstances = { cancelled: null, lost: null, shutdown: false };
const aResult = (change: Partial<JobResult> = {}): JobResult => ({
  conclusion: 'failure',
  outputs: {},
  steps: [],
  annotations: [],
  ...change,
});

describe('the result of a job', () => {
  it('is left alone when its own steps decided it', () => {
    expect(explainResult(aResult(), calm)).toEqual(aResult());
    const success = aResult({ conclusion: 'success' });
    const lost = new AppError('container-lost', 'after the end');
    expect(explainResult(success, { ...calm, lost, shutdown: true })).toEqual(success);
  });

  it('names a lost container, a stopped hub and a lost lease', () => {
    const lost = new AppError('container-lost', 'ended with code 137');
    expect(explainResult(aResult(), { ...calm, lost }).failure).toEqual({
      kind: 'infrastructure',
      detail: 'The container of the job was lost: ended with code 137.',
    });
    expect(explainResult(aResult(), { ...calm, shutdown: true }).failure?.kind).toBe('shutdown');
    const cancelled = new AppError('job-gone', 'GitHub no longer knows the job');
    const stopped = aResult({ conclusion: 'cancelled' });
    expect(explainResult(stopped, { ...calm, cancelled })).toMatchObject({
      conclusion: 'failure',
      failure: { kind: 'lease-lost' },
    });
  });

  it('stays cancelled when we had to take the container away for it', () => {
    const cancelled = new AppError('cancelled', 'cancelled by GitHub');
    const result = brokenResult([], 'the container is gone', { ...calm, cancelled });
    expect(result).toMatchObject({ conclusion: 'cancelled' });
    expect(result.failure).toBeUndefined();
  });

  it('is an infrastructure failure when the executor came to none', () => {
    expect(brokenResult([], 'Docker is down', calm)).toMatchObject({
      conclusion: 'failure',
      failure: { kind: 'infrastructure', detail: 'Docker is down' },
    });
  });
});
