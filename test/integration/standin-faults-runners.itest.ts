import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './standin/eventually.ts';
import { faultsOf } from './standin/faults.ts';
import { Fixture } from './standin/fixture.ts';
import { ONE_JOB } from './standin/one-job.ts';
import { RawJob, RawRunner } from './standin/raw-runner.ts';

let github: Fixture;
let faults: ReturnType<typeof faultsOf>;
beforeAll(async () => {
  github = await Fixture.start();
  faults = faultsOf(github);
  await github.repository('octo/one', { 'ci.yml': ONE_JOB });
});
afterEach(async () => {
  await faults.set([]);
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
  expect(github.clock.sleeping).toBe(0);
});

const REPO = '/repos/octo/one';
const TWIN = `on: push
jobs:
  one:
    runs-on: twin
    steps:
      - run: echo
`;

describe('runners and their jobs', () => {
  it('another runner gets the job than the one that waited longest', async () => {
    const runners = [];
    for (let count = 0; count < 2; count++) {
      const runner = await RawRunner.online(github, 'octo/one', ['twin']);
      runners.push({ runner, polling: runner.poll() });
      await eventually('idle', async () => {
        const { idle } = (await github.get('/_standin/status')).body.runners;
        return idle >= count + 1 || undefined;
      });
    }
    await github.push('octo/one', {
      '.github/workflows/twin.yml': TWIN,
    });
    await faults.set([{ kind: 'other-runner' }]);
    await github.startRun('octo/one', { workflow: 'twin.yml' });
    const first = await Promise.race(
      runners.map(({ polling }, index) => polling.then(() => index)),
    );
    expect(first).toBe(1);
    expect(await faults.total('other-runner')).toBe(1);
    for (const { runner } of runners) await runner.broker('DELETE', 'session');
    await Promise.allSettled(runners.map(({ polling }) => polling));
  });
  it('loses its lease: the next renewal is refused and the job has failed', async () => {
    const { runner, run } = await begin();
    const job = await runner.takeJob();
    await faults.set([{ kind: 'lease-lost', repository: 'octo/one', skip: 1 }]);
    expect((await job.renew()).status).toBe(200);
    const refused = await job.renew();
    expect(refused.status).toBe(404);
    expect(refused.body.errorMessage).toBe('workflow instance not found');
    expect((await github.runCompleted('octo/one', run.id)).conclusion).toBe('failure');
  });
  it('its token expires early, and a new one works', async () => {
    const { runner } = await begin();
    await faults.set([{ kind: 'runner-token-expired', count: 1 }]);
    expect((await runner.poll()).status).toBe(401);
    expect((await runner.poll()).status).toBe(401);
    await runner.login();
    await (await runner.takeJob()).complete();
    expect(await faults.total('runner-token-expired')).toBe(1);
  });
  it("the job's token expires early", async () => {
    const { runner, run } = await begin();
    const job = await runner.takeJob();
    await faults.set([{ kind: 'job-token-expired', count: 1 }]);
    expect((await job.complete()).status).toBe(401);
    await github.post(`${REPO}/actions/runs/${run.id}/cancel`);
    github.clock.advance(301_000);
    await github.runCompleted('octo/one', run.id);
  });
  it('its session ends on the server', async () => {
    const { runner } = await begin();
    await faults.set([{ kind: 'session-lost', count: 1 }]);
    expect((await runner.poll()).status).toBe(202);
    const invalid = await runner.poll();
    expect([invalid.status, invalid.body.errorKind]).toEqual([404, 'RunnerSessionInvalid']);
    await runner.openSession();
    await (await runner.takeJob()).complete();
  });
  it('a message comes twice', async () => {
    const { runner } = await begin();
    await faults.set([{ kind: 'message-doubled', count: 1 }]);
    const [one, two] = [await runner.poll(), await runner.poll()];
    expect(two.body).toEqual(one.body);
    const answer = await runner.acquire(JSON.parse(one.body.body));
    expect(answer.status).toBe(200);
    expect((await runner.acquire(JSON.parse(two.body.body))).status).toBe(409);
    await new RawJob(github, answer.body).complete();
  });
  it('a message is lost until it is sent again', async () => {
    const { runner } = await begin();
    await faults.set([{ kind: 'message-lost', count: 1 }]);
    const before = github.clock.sleeping;
    const polling = runner.poll();
    await eventually('lost', async () => (await faults.total('message-lost')) === 1 || undefined);
    await eventually('asleep', () => github.clock.sleeping > before || undefined);
    github.clock.advance(5_001);
    expect((await polling).body.messageType).toBe('RunnerJobRequest');
    await (await runner.takeJob()).complete();
  });
});

/** A runner online, and a run whose job only waits for it. */
async function begin() {
  const runner = await RawRunner.online(github, 'octo/one', ['linux']);
  const run = await github.startRun('octo/one', { workflow: 'ci.yml' });
  return { runner, run };
}

describe('somebody cancels at an odd moment', () => {
  it.each([
    ['queued', 'cancelled'],
    ['offered', 'cancelled'],
    ['acquire', 'cancelled'],
    ['complete', 'cancelled'],
  ])('%s', async (at, conclusion) => {
    await faults.set([{ kind: 'cancelled', at, count: 1 }]);
    const { runner, run } = await begin();
    if (at === 'complete') await (await runner.takeJob()).complete();
    else if (at !== 'queued') {
      const message = await runner.poll();
      const acquired = await runner.acquire(JSON.parse(message.body.body));
      expect(acquired.status).toBe(404);
    }
    const ended = await github.runCompleted('octo/one', run.id);
    expect(ended.conclusion).toBe(conclusion);
    expect(await faults.total('cancelled')).toBe(1);
    await runner.broker('DELETE', 'session');
  });
  it.each(['acquired', 'renew'])('%s: the runner is told', async (at) => {
    await faults.set([{ kind: 'cancelled', at, count: 1 }]);
    const { runner, run } = await begin();
    const job = await runner.takeJob();
    if (at === 'renew') expect((await job.renew()).status).toBe(200);
    expect((await runner.poll('Busy')).body.messageType).toBe('JobCancellation');
    await job.complete('canceled');
    expect((await github.runCompleted('octo/one', run.id)).conclusion).toBe('cancelled');
  });
});
