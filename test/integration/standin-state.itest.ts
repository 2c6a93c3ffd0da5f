import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './standin/eventually.ts';
import { Fixture } from './standin/fixture.ts';
import { ONE_JOB } from './standin/one-job.ts';
import { RawRunner } from './standin/raw-runner.ts';

const MATRIX = `on: push
jobs:
  build:
    runs-on: linux
    outputs:
      version: \${{ steps.v.outputs.version }}
    strategy:
      max-parallel: 1
      matrix:
        part: [a, b]
    steps:
      - run: echo
  publish:
    needs: build
    runs-on: linux
    steps:
      - run: echo
`;

let github: Fixture;
beforeEach(async () => {
  github = await Fixture.start();
  await github.repository('octo/app', { 'ci.yml': ONE_JOB, 'matrix.yml': MATRIX });
});
afterEach(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
  expect(github.clock.sleeping).toBe(0);
});

const one = { workflow: 'ci.yml' };

describe('a stand-in that starts again on its data', () => {
  it('goes on with a job where the runner is: lease, steps, completion', async () => {
    const runner = await RawRunner.online(github, 'octo/app');
    const run = await github.startRun('octo/app', one);
    const job = await runner.takeJob();
    await github.restart();
    expect((await job.renew()).status).toBe(200);
    await job.complete();
    expect((await github.runCompleted('octo/app', run.id)).conclusion).toBe('success');
  });
  it('ends a job whose lease ran out while nothing ran', async () => {
    const runner = await RawRunner.online(github, 'octo/app');
    const run = await github.startRun('octo/app', one);
    await runner.takeJob();
    await github.restart(() => github.clock.advance(700_000));
    expect((await github.runCompleted('octo/app', run.id)).conclusion).toBe('failure');
  });
  it('offers what was queued, and runs what comes after it', async () => {
    const run = await github.startRun('octo/app', { workflow: 'matrix.yml' });
    await github.restart();
    const names: string[] = [];
    for (let count = 0; count < 3; count++) {
      const runner = await RawRunner.online(github, 'octo/app');
      const job = await runner.takeJob();
      names.push(job.name);
      if (count === 0) await github.restart();
      await job.complete();
    }
    expect(names).toEqual(['build (a)', 'build (b)', 'publish']);
    expect((await github.runCompleted('octo/app', run.id)).conclusion).toBe('success');
  });
  it('knows its repositories, secrets, variables, hooks, runners and runs', async () => {
    await github.request('PUT', '/_standin/repositories/octo/app/secrets/KEY', { value: 'v' });
    await github.post('/repos/octo/app/actions/variables', { name: 'LEVEL', value: 'high' });
    const url = 'http://127.0.0.1:9/';
    await github.post('/repos/octo/app/hooks', { config: { url }, events: ['push'] });
    const runner = await RawRunner.online(github, 'octo/app');
    const run = await github.startRun('octo/app', one);
    const job = await runner.takeJob();
    await job.complete();
    const paths = [
      '/repos/octo/app',
      '/repos/octo/app/actions/variables',
      '/repos/octo/app/hooks',
      `/repos/octo/app/actions/runs/${run.id}`,
      `/repos/octo/app/actions/runs/${run.id}/jobs`,
    ];
    const before = await Promise.all(paths.map((path) => github.get(path)));
    await github.restart();
    const after = await Promise.all(paths.map((path) => github.get(path)));
    expect(after.map(({ status, body }) => ({ status, body }))).toEqual(
      before.map(({ status, body }) => ({ status, body })),
    );
    const next = await github.startRun('octo/app', one);
    expect(next.run_number).toBe(run.run_number + 1);
    expect(next.id).toBeGreaterThan(run.id);
  });
  it('serves files by links that it signed before', async () => {
    const runner = await RawRunner.online(github, 'octo/app');
    await github.startRun('octo/app', one);
    const job = await runner.takeJob();
    const { body } = await job.receiver('GetJobLogsSignedBlobURL');
    const put = (text: string) =>
      fetch(body.logs_url, {
        method: 'PUT',
        body: text,
        headers: { 'x-ms-blob-type': 'BlockBlob' },
      });
    expect((await put('before')).status).toBe(201);
    await github.restart();
    expect(await (await fetch(body.logs_url)).text()).toBe('before');
    expect((await put('after')).status).toBe(201);
  });
  it('keeps the key that verifies identity tokens', async () => {
    const keys = () => github.get('/_services/token/.well-known/jwks');
    const before = (await keys()).body;
    await github.restart();
    expect((await keys()).body).toEqual(before);
  });
});

describe('state that cannot be read', () => {
  it('is said where it is damaged, and is not touched', async () => {
    const path = join(github.folder, 'data', 'state', 'state.log');
    await eventually(
      'saved',
      async () => (await readFile(path, 'utf8')).includes('octo') || undefined,
    );
    let damaged = '';
    await expect(
      github.restart(async () => {
        damaged = `${(await readFile(path, 'utf8')).replace('octo', 'oct0')}more\n`;
        await writeFile(path, damaged);
      }),
    ).rejects.toThrow(/state\.log is damaged at line \d/);
    expect(await readFile(path, 'utf8')).toBe(damaged);
  });
});
