import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './standin/eventually.ts';
import { Fixture } from './standin/fixture.ts';
import { RawRunner } from './standin/raw-runner.ts';
import { runnerOfSet, scaleSetScene, workflowFor } from './standin/scale-set-scene.ts';

let github: Fixture;
beforeAll(async () => {
  github = await Fixture.start();
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
  expect(github.clock.sleeping).toBe(0);
});

const scene = () => scaleSetScene(github);

describe('H.3 a job', () => {
  it('is available, acquired, assigned, started and completed', async () => {
    const { client, name, repository, run } = await scene();
    const { id: runId } = await run();
    const available = await client.nextEvents();
    expect(available.statistics).toMatchObject({ totalAvailableJobs: 1, totalAssignedJobs: 0 });
    const { build } = await github.jobs(repository, runId);
    const [owner, repo] = repository.split('/');
    const base = {
      runnerRequestId: build.id,
      repositoryName: repo,
      ownerName: owner,
      jobWorkflowRef: `${repository}/.github/workflows/ci.yml@refs/heads/main`,
      jobDisplayName: 'build',
      workflowRunId: runId,
      eventName: 'push',
      requestLabels: [name],
    };
    expect(available.events).toEqual([
      expect.objectContaining({
        ...base,
        messageType: 'JobAvailable',
        acquireJobUrl: expect.stringContaining('/acquirejobs'),
        finishTime: '0001-01-01T00:00:00Z',
      }),
    ]);
    const acquired = await client.acquire([build.id, 4711]);
    expect(acquired).toMatchObject({ status: 200, body: { count: 1, value: [build.id] } });
    expect((await client.acquire([build.id])).body).toEqual({ count: 0, value: [] });

    const assigned = await client.nextEvents(available.id);
    expect(assigned.id).toBeGreaterThan(available.id);
    expect(assigned.events).toEqual([
      expect.objectContaining({ ...base, messageType: 'JobAssigned' }),
    ]);
    expect(assigned.statistics).toMatchObject({ totalAvailableJobs: 0, totalAssignedJobs: 1 });

    const runner = await runnerOfSet(github, client);
    const job = await runner.takeJob();
    const started = await client.nextEvents(assigned.id);
    const who = { runnerId: runner.id, runnerName: runner.settings.runner['AgentName'] };
    expect(started.events).toEqual([
      expect.objectContaining({ ...base, ...who, messageType: 'JobStarted' }),
    ]);
    expect(started.statistics).toMatchObject({
      totalAssignedJobs: 1,
      totalRunningJobs: 1,
      totalRegisteredRunners: 1,
      totalBusyRunners: 1,
      totalIdleRunners: 0,
    });

    await job.complete('failed');
    const completed = await client.nextEvents(started.id);
    expect(completed.events).toEqual([
      expect.objectContaining({ ...base, ...who, messageType: 'JobCompleted', result: 'failed' }),
    ]);
    expect(completed.statistics).toMatchObject({
      totalAssignedJobs: 0,
      totalRunningJobs: 0,
      totalRegisteredRunners: 0,
    });
  });

  it('is told again until its message is deleted, and again when nobody acquires it', async () => {
    const { client, run } = await scene();
    await run();
    const first = await client.poll();
    expect((await client.poll()).body).toMatchObject({
      messageId: first.body.messageId,
      body: first.body.body,
    });
    const sleeping = github.clock.sleeping;
    const later = client.poll(first.body.messageId);
    await eventually('poll held', () => github.clock.sleeping > sleeping || undefined);
    expect((await client.deleteMessage(first.body.messageId)).status).toBe(204);
    github.clock.advance(49_000);
    expect(await Promise.race([later, 'held'])).toBe('held');
    github.clock.advance(1_000);
    expect((await later).status).toBe(202);
    github.clock.advance(10_000);
    const [again] = (await client.nextEvents(first.body.messageId)).events;
    expect(again).toMatchObject({ messageType: 'JobAvailable' });
  });

  it('is told again to a new session at once', async () => {
    const { client, run } = await scene();
    await run();
    const { id } = await client.nextEvents();
    await client.closeSession();
    await client.openSession('listener-2');
    expect(client.session.statistics).toMatchObject({ totalAvailableJobs: 1 });
    expect((await client.nextEvents()).id).toBeGreaterThan(id);
  });

  it('is only told as far as the set can take more', async () => {
    const { client, run } = await scene();
    for (let i = 0; i < 3; i++) await run();
    const first = await client.nextEvents(0, 2);
    expect(first.events).toHaveLength(2);
    expect(first.statistics.totalAvailableJobs).toBe(3);
    await client.acquire(first.events.map((event) => event.runnerRequestId));
    const second = await client.nextEvents(first.id, 2);
    expect(second.events.map((event) => event.messageType)).toEqual(['JobAssigned', 'JobAssigned']);
    const third = await client.nextEvents(second.id, 3);
    expect(third.events.map((event) => event.messageType)).toEqual(['JobAvailable']);
  });

  it('comes in messages of fifty at most', async () => {
    const { client, repository, name } = await scene();
    const many = `on: push\njobs:\n  many:\n    runs-on: ${name}\n    strategy: { matrix: { n: ${JSON.stringify(Array.from({ length: 60 }, (_, i) => i))} } }\n    steps: [{ run: echo }]\n`;
    await github.push(repository, { '.github/workflows/ci.yml': many });
    await github.startRun(repository);
    const first = await client.nextEvents(0, 100);
    expect(first.events).toHaveLength(50);
    expect((await client.nextEvents(first.id, 100)).events).toHaveLength(10);
  });

  it('is taken back when no runner comes, three times, and then left to others', async () => {
    const { client, run, repository } = await scene();
    const { id: runId } = await run();
    let last = 0;
    for (const delay of [60_000, 120_000, 240_000]) {
      const available = await client.nextEvents(last);
      expect(available.events).toMatchObject([{ messageType: 'JobAvailable' }]);
      await client.acquire(available.events.map((event) => event.runnerRequestId));
      last = (await client.nextEvents(available.id)).id;
      github.clock.advance(5 * 60_000);
      const back = await client.nextEvents(last);
      expect(back.events).toMatchObject([{ messageType: 'JobCompleted', result: 'canceled' }]);
      expect(back.statistics.totalAssignedJobs).toBe(0);
      last = back.id;
      github.clock.advance(delay);
      await client.connect();
      await client.refreshSession();
    }
    const available = await client.nextEvents(last);
    await client.acquire(available.events.map((event) => event.runnerRequestId));
    github.clock.advance(5 * 60_000);
    expect((await github.jobs(repository, runId))['build'].status).toBe('queued');
    const [owner] = repository.split('/');
    const other = await RawRunner.online(github, String(owner), [
      String(client.session.runnerScaleSet.name),
    ]);
    await (await other.takeJob()).complete();
    await github.runCompleted(repository, runId);
  });

  it('is told as canceled when it is cancelled before a runner came', async () => {
    const { client, run, repository } = await scene();
    const { id: runId } = await run();
    const { events, id } = await client.nextEvents();
    await client.acquire(events.map((event) => event.runnerRequestId));
    const assigned = await client.nextEvents(id);
    await github.post(`/repos/${repository}/actions/runs/${runId}/cancel`);
    expect((await client.nextEvents(assigned.id)).events).toMatchObject([
      { messageType: 'JobCompleted', result: 'canceled' },
    ]);
  });

  it('goes to runners of the set only, once it is assigned, and they to no other job', async () => {
    const { client, run, repository, name } = await scene();
    const [owner] = repository.split('/');
    await github.push(repository, { '.github/workflows/other.yml': workflowFor('linux') });
    const inside = await runnerOfSet(github, client);
    const outside = await RawRunner.online(github, String(owner), ['linux']);
    const insidePoll = inside.poll();
    await github.startRun(repository, { workflow: '.github/workflows/other.yml' });
    const job = await outside.takeJob();
    expect(job.name).toBe('build');
    await job.complete();
    await run();
    const { events } = await client.nextEvents();
    await client.acquire(events.map((event) => event.runnerRequestId));
    const labelled = await RawRunner.online(github, String(owner), [name]);
    const labelledPoll = labelled.poll();
    expect((await insidePoll).status).toBe(200);
    expect(await Promise.race([labelledPoll, 'nothing'])).toBe('nothing');
    await labelled.broker('DELETE', 'session');
    await labelledPoll;
  });

  it('waits for another set when its set is removed', async () => {
    const { client, run, repository, name } = await scene();
    const { id: runId } = await run();
    const { events } = await client.nextEvents();
    await client.acquire(events.map((event) => event.runnerRequestId));
    const runner = await runnerOfSet(github, client);
    expect((await client.admin('DELETE', client.path)).status).toBe(204);
    expect((await runner.poll()).body.errorKind).toBe('RunnerNotFound');
    await client.create('another', { labels: [{ type: 'User', name }] });
    await client.openSession();
    const again = await client.nextEvents();
    expect(again.events).toMatchObject([{ messageType: 'JobAvailable' }]);
    await client.acquire(again.events.map((event) => event.runnerRequestId));
    const next = await runnerOfSet(github, client);
    await (await next.takeJob()).complete();
    await github.runCompleted(repository, runId);
  });
});
