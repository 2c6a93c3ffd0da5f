import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './standin/eventually.ts';
import { faultsOf } from './standin/faults.ts';
import { Fixture, TOKEN } from './standin/fixture.ts';
import { ONE_JOB } from './standin/one-job.ts';

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

/** What became of a request: its status, or that there was no whole answer. */
const outcome = (path: string, init: RequestInit = {}): Promise<number | 'broken'> =>
  fetch(`${github.url}${path}`, {
    ...init,
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
  })
    .then(
      async (response) => {
        await response.text();
        return response.status;
      },
      () => 'broken' as const,
    )
    .catch(() => 'broken' as const);

const REPO = '/repos/octo/one';

describe('answers', () => {
  it('are errors, of the requests that a route names, and as many as were asked for', async () => {
    await faults.set([{ kind: 'error', route: `GET ${REPO}`, status: 503, count: 2 }]);
    const seen = [];
    for (let count = 0; count < 4; count++) seen.push(await outcome(REPO));
    expect(seen).toEqual([503, 503, 200, 200]);
    expect(await outcome('/rate_limit')).toBe(200);
    expect(await faults.counts()).toEqual({ error: { total: 2, places: { [`GET ${REPO}`]: 2 } } });
  });
  it('go wrong as the seed says, again and again the same', async () => {
    const fault = { id: 'half', kind: 'error', route: 'rest', rate: 0.5 };
    const round = async (seed: string) => {
      await faults.set([fault], seed);
      const seen = [];
      for (let count = 0; count < 20; count++) seen.push(await outcome(REPO));
      return seen;
    };
    const first = await round('a');
    expect(first.filter((status) => status === 502)).toHaveLength(await faults.total('error'));
    expect(await round('a')).toEqual(first);
    expect(await round('b')).not.toEqual(first);
  });
  it('are lost by a reset: before anything happens, after the headers, after the effect', async () => {
    const key = (when: string) => `${REPO}/actions/variables/${when.toUpperCase()}`;
    for (const when of ['before', 'headers', 'after']) {
      await faults.set([{ kind: 'reset', route: `POST ${REPO}/actions/variables`, when }]);
      const body = JSON.stringify({ name: when, value: '1' });
      expect(await outcome(`${REPO}/actions/variables`, { method: 'POST', body })).toBe('broken');
      expect(await faults.total('reset')).toBe(1);
      expect(await outcome(key(when))).toBe(when === 'before' ? 404 : 200);
    }
  });
  it('of generate-jitconfig can be lost: the runner is there, and its name taken', async () => {
    const path = `${REPO}/actions/runners/generate-jitconfig`;
    await faults.set([
      { kind: 'error', route: `POST ${path}`, when: 'after', status: 502, count: 1 },
    ]);
    const body = { name: 'lost', runner_group_id: 1, labels: ['linux'] };
    expect((await github.post(path, body)).status).toBe(502);
    expect((await github.post(path, body)).status).toBe(409);
    const { runners } = (await github.get(`${REPO}/actions/runners`)).body;
    expect(runners.map(({ name }: { name: string }) => name)).toContain('lost');
  });
  it('never come, until the client gives up or the bound is reached', async () => {
    await faults.set([{ kind: 'timeout', route: `GET ${REPO}`, atMost: '30s' }]);
    expect(await outcome(REPO, { signal: AbortSignal.timeout(200) })).toBe('broken');
    const waiting = outcome(REPO);
    await eventually('held', () => github.clock.sleeping > 0 || undefined);
    await eventually(
      'both counted',
      async () => (await faults.total('timeout')) === 2 || undefined,
    );
    github.clock.advance(31_000);
    expect(await waiting).toBe('broken');
  });
  it('are slow', async () => {
    await faults.set([{ kind: 'slow', route: `GET ${REPO}`, delay: { min: '40s', max: '50s' } }]);
    const before = github.clock.sleeping;
    const waiting = outcome(REPO);
    await eventually('slept', () => github.clock.sleeping > before || undefined);
    github.clock.advance(39_000);
    expect(github.clock.sleeping).toBeGreaterThan(before);
    github.clock.advance(12_000);
    expect(await waiting).toBe(200);
  });
  it('say that there were too many requests', async () => {
    await faults.set([
      { kind: 'rate-limit', route: 'rest', count: 1 },
      { kind: 'rate-limit', route: 'rest', limit: 'secondary', status: 429, retryAfter: '90s' },
    ]);
    const primary = await github.get(REPO);
    expect(primary.status).toBe(403);
    expect(primary.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(primary.body.message).toMatch(/^API rate limit exceeded/);
    const secondary = await github.get(REPO);
    expect(secondary.status).toBe(429);
    expect(secondary.headers.get('retry-after')).toBe('90');
    expect(secondary.body.message).toMatch(/secondary rate limit/);
  });
  it('end in the middle of their body', async () => {
    await faults.set([{ kind: 'truncated', route: `GET ${REPO}`, bytes: 10 }]);
    const response = await fetch(`${github.url}${REPO}`, {
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });
  it('are spoiled in one repository only, and each has an id that the log knows', async () => {
    await github.repository('octo/two', {});
    await faults.set([{ id: 'two', kind: 'error', route: 'rest', repository: '*/two' }]);
    expect((await github.get(REPO)).status).toBe(200);
    const spoiled = await github.get('/repos/octo/two');
    expect(spoiled.status).toBe(502);
    expect(await faults.log()).toEqual([
      expect.objectContaining({
        fault: 'two',
        place: 'GET /repos/octo/two',
        subject: spoiled.headers.get('x-standin-request-id'),
      }),
    ]);
  });
});

describe('the management of faults', () => {
  it('adds, replaces by id, removes, and says what is wrong', async () => {
    await faults.set([{ id: 'a', kind: 'lease-lost' }]);
    const add = (faults: readonly object[]) =>
      github.request('PATCH', '/_standin/faults', { faults });
    await add([{ id: 'b', kind: 'message-lost', rate: 0.1 }]);
    const { body } = await add([{ id: 'a', kind: 'message-doubled' }]);
    expect(
      body.faults.map(({ id, kind }: { id: string; kind: string }) => `${id} ${kind}`),
    ).toEqual([...['b message-lost', 'a message-doubled']]);
    expect((await github.request('DELETE', '/_standin/faults/b')).status).toBe(204);
    expect((await github.request('DELETE', '/_standin/faults/b')).status).toBe(404);
    const bad = await add([{ kind: 'error', route: 'nowhere', rate: 3 }]);
    expect(bad.status).toBe(422);
    expect(bad.body.message).toMatch(/faults\/0\/route', "nowhere": must be one of token/);
    expect(bad.body.message).toMatch(/faults\/0\/rate/);
    expect((await github.request('DELETE', '/_standin/faults')).status).toBe(204);
    expect((await github.get('/_standin/faults')).body.faults).toEqual([]);
  });
  it('keeps faults and counts over a restart', async () => {
    await faults.set([{ kind: 'error', route: `GET ${REPO}`, count: 3 }]);
    await outcome(REPO);
    await github.restart();
    expect([await outcome(REPO), await outcome(REPO), await outcome(REPO)]).toEqual([
      502, 502, 200,
    ]);
    expect(await faults.total('error')).toBe(3);
  });
  it('is for the owner only', async () => {
    const answer = await github.request('GET', '/_standin/faults', undefined, 'other');
    expect(answer.status).toBe(401);
  });
});
