import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './standin/eventually.ts';
import { Fixture } from './standin/fixture.ts';
import { ONE_JOB } from './standin/one-job.ts';
import { RawRunner } from './standin/raw-runner.ts';

let github: Fixture;
beforeAll(async () => {
  github = await Fixture.start();
  await github.repository('octo/one', { 'ci.yml': ONE_JOB });
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
  expect(github.clock.sleeping).toBe(0);
});

describe('jobs and runners that fail each other', () => {
  it('offers a job to another runner when the first one does not take it', async () => {
    const deaf = await RawRunner.online(github, 'octo/one', ['linux']);
    const polling = deaf.poll();
    const run = await github.startRun('octo/one');
    const request = JSON.parse((await polling).body.body);
    // It is offered anew after a minute, and this runner is offline after a minute and a half.
    github.clock.advance(91_000);
    const other = await RawRunner.online(github, 'octo/one', ['linux']);
    const job = await other.takeJob();
    expect((await deaf.acquire(request)).body.statusCode).toBe(409);
    await job.complete();
    expect((await github.runCompleted('octo/one', run.id)).conclusion).toBe('success');
    expect((await deaf.acquire(request)).body.statusCode).toBe(404);
  });
  it('fails a job whose lease runs out', async () => {
    const runner = await RawRunner.online(github, 'octo/one', ['linux']);
    const run = await github.startRun('octo/one');
    const job = await runner.takeJob();
    github.clock.advance(599_000);
    expect((await job.renew()).status).toBe(200);
    github.clock.advance(599_000);
    expect((await github.get(`/repos/octo/one/actions/runs/${run.id}`)).body.status).toBe(
      'in_progress',
    );
    github.clock.advance(2_000);
    expect((await github.runCompleted('octo/one', run.id)).conclusion).toBe('failure');
    expect((await job.complete()).status).toBe(404);
  });
  it('asks a runner to cancel, repeatedly, and ends the job itself after five minutes', async () => {
    const runner = await RawRunner.online(github, 'octo/one', ['linux']);
    const run = await github.startRun('octo/one');
    const job = await runner.takeJob();
    const polling = runner.poll('Busy');
    const cancel = await github.post(`/repos/octo/one/actions/runs/${run.id}/cancel`);
    expect(cancel.status).toBe(202);
    // The second step says `always()`, but the job itself does not.
    const message = (await polling).body;
    expect(message.messageType).toBe('JobCancellation');
    expect(JSON.parse(message.body)).toEqual({ jobId: job.message.jobId, timeout: '00:05:00' });
    const second = runner.poll('Busy');
    github.clock.advance(5_000);
    expect((await second).body.messageType).toBe('JobCancellation');
    github.clock.advance(300_000);
    expect((await github.runCompleted('octo/one', run.id)).conclusion).toBe('cancelled');
    const late = await github.post(`/repos/octo/one/actions/runs/${run.id}/cancel`);
    expect(late.status).toBe(409);
  });
});

describe('stopping', () => {
  it('answers open polls, closes every connection and leaves nothing behind', async () => {
    const other = await Fixture.start();
    await other.repository('octo/two', { 'ci.yml': ONE_JOB });
    const runner = await RawRunner.online(other, 'octo/two');
    const { sleeping } = other.clock;
    const poll = runner.poll();
    await eventually('poll held', () => other.clock.sleeping > sleeping || undefined);
    const startedAt = Date.now();
    await other.stop();
    expect((await poll).status).toBe(202);
    // By the stop, not by the 50 s that a poll is held.
    expect(Date.now() - startedAt).toBeLessThan(25_000);
    expect(other.clock.sleeping).toBe(0);
    expect(other.errors).toEqual([]);
  });
});
