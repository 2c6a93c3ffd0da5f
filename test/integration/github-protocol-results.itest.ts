import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BLOCK_BYTES } from '../../src/adapters/github/results-log.ts';
import type { ResultsLog, ResultsService } from '../../src/ports/runner-protocol.ts';
import { eventually } from '../support/eventually.ts';
import { type GitHubScene, openGitHubScene } from '../support/github-scene.ts';
import { JOB, type MiniGitHub } from '../support/mini-github.ts';

let scene: GitHubScene;
let github: MiniGitHub;

beforeEach(async () => {
  scene = await openGitHubScene();
  github = scene.github;
});

afterEach(() => scene[Symbol.asyncDispose]());

function openLog(results: ResultsService, stepId: string | null): ResultsLog {
  const log = results.openLog(stepId);
  if (log === null) throw new Error('the results service takes logs');
  return log;
}

describe('reporting to the results service', () => {
  const receiver = '/results/twirp/results.services.receiver.Receiver';
  const updates =
    'POST /results/twirp/github.actions.results.api.v1.WorkflowStepUpdateService/WorkflowStepsUpdate';
  const ids = {
    workflow_run_backend_id: JOB.planId,
    workflow_job_run_backend_id: JOB.jobId,
  };
  const ok = { status: 200, json: { ok: true } };

  const serveLogs = (type: string): void => {
    const target = {
      status: 200,
      json: { logs_url: `${github.url}/blob?sig=x`, blob_storage_type: type },
    };
    github.on(`POST ${receiver}/GetStepLogsSignedBlobURL`, target);
    github.on(`POST ${receiver}/GetJobLogsSignedBlobURL`, target);
    github.on(`POST ${receiver}/CreateStepLogsMetadata`, ok);
    github.on(`POST ${receiver}/CreateJobLogsMetadata`, ok);
    github.on('PUT /blob', { status: 201 });
  };

  it('numbers step updates and repeats what was not taken', async () => {
    github.on(updates, [{ status: 404 }, { status: 200, json: {} }, ok]);
    const { results } = await scene.acquire();
    const step = {
      external_id: JOB.stepId,
      number: 2,
      name: 'Run make',
      status: 3,
      started_at: '2026-06-30T15:40:39.625Z',
      completed_at: null,
      conclusion: 0,
    };
    await Promise.all([results.updateSteps([step]), results.updateSteps([step])]);
    const orders = github.seen(updates).map((request) => request.json()['change_order']);
    expect(orders).toEqual([1, 1, 1, 2]);
    expect(github.seen(updates)[0]?.json()).toEqual({ change_order: 1, ...ids, steps: [step] });
  });

  it('puts a small log as one blob with a BOM, without our token', async () => {
    serveLogs('BLOB_STORAGE_TYPE_AZURE');
    const { results } = await scene.acquire();
    const stepLog = openLog(results, JOB.stepId);
    await stepLog.append('2026-06-30T15:40:39.5833810Z hällo\n', 1);
    await stepLog.append('2026-06-30T15:40:39.5833810Z two\nlines\n', 2);
    await stepLog.finish();
    const [put, ...more] = github.seen('PUT /blob');
    expect(more).toEqual([]);
    expect(put?.headers.authorization).toBeUndefined();
    expect(put?.headers['x-ms-blob-type']).toBe('BlockBlob');
    expect(put?.body.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    expect(put?.body.subarray(3).toString()).toMatch(/ hällo\n.* two\nlines\n$/);
    const metadata = github.seen(`POST ${receiver}/CreateStepLogsMetadata`)[0]?.json();
    expect(metadata).toMatchObject({ ...ids, step_backend_id: JOB.stepId, line_count: 3 });
    expect(metadata?.['uploaded_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('appends a large log block by block and seals it', async () => {
    serveLogs('BLOB_STORAGE_TYPE_AZURE');
    const { results } = await scene.acquire();
    const jobLog = openLog(results, null);
    const line = `${'x'.repeat(999)}\n`;
    for (let i = 0; i < 50; i += 1) await jobLog.append(line.repeat(100), 100);
    await jobLog.finish();
    const puts = github.seen('PUT /blob');
    expect(
      puts.map(({ headers }) => headers['x-ms-blob-type'] ?? headers['x-ms-blob-sealed']),
    ).toEqual(['AppendBlob', 'False', 'False', 'True']);
    expect(puts.map(({ query }) => [query.get('comp'), query.get('seal')])).toEqual([
      [null, null],
      ['appendblock', null],
      ['appendblock', null],
      ['appendblock', 'true'],
    ]);
    for (const { body } of puts.slice(1)) {
      expect(body.length).toBeLessThanOrEqual(BLOCK_BYTES);
      expect(body.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
      expect(body.at(-1)).toBe(0x0a);
    }
    const text = puts.map(({ body }) => body.toString().replace(/^\uFEFF/, '')).join('');
    expect(text).toBe(line.repeat(5000));
    expect(github.seen(`POST ${receiver}/GetJobLogsSignedBlobURL`)).toHaveLength(4);
  });

  it('cuts a line that is larger than a block at a character', async () => {
    serveLogs('BLOB_STORAGE_TYPE_UNSPECIFIED');
    const { results } = await scene.acquire();
    const stepLog = openLog(results, JOB.stepId);
    const text = `${'€'.repeat(BLOCK_BYTES / 2)}\n`;
    await stepLog.append(text, 1);
    await stepLog.finish();
    const puts = github.seen('PUT /blob');
    expect(Object.keys(puts[0]?.headers ?? {}).some((name) => name.startsWith('x-ms-'))).toBe(
      false,
    );
    expect(puts.map(({ body }) => body.toString().replace(/^\uFEFF/, '')).join('')).toBe(text);
  });

  it('makes no log where there are no lines, and throws when a log is not taken', async () => {
    serveLogs('BLOB_STORAGE_TYPE_AZURE');
    github.on('PUT /blob', { status: 403 });
    const { results } = await scene.acquire();
    await openLog(results, JOB.stepId).finish();
    expect(github.seen('PUT /blob')).toEqual([]);
    const refused = openLog(results, JOB.stepId);
    await refused.append('x\n', 1);
    await expect(refused.finish()).rejects.toMatchObject({ code: 'github-unreachable' });
  });

  it('uploads a summary, unless it is too large', async () => {
    const path = `POST ${receiver}/GetStepSummarySignedBlobURL`;
    const json = { summary_url: `${github.url}/blob?sig=x`, soft_size_limit: '10' };
    github.on(path, { status: 200, json });
    github.on('PUT /blob', { status: 201 });
    github.on(`POST ${receiver}/CreateStepSummaryMetadata`, ok);
    const { results } = await scene.acquire();
    await results.uploadSummary(JOB.stepId, Buffer.from('# Hello'));
    expect(github.seen(`POST ${receiver}/CreateStepSummaryMetadata`)[0]?.json()).toMatchObject({
      step_backend_id: JOB.stepId,
      size: 7,
    });
    const large = results.uploadSummary(JOB.stepId, Buffer.from('# Hello, world'));
    await expect(large).rejects.toMatchObject({ code: 'payload-too-large' });
  });

  it('feeds the live console in batches of 100 lines and cuts long lines', async () => {
    const { results } = await scene.acquire();
    const lines = Array.from({ length: 150 }, (_unused, i) => `line ${i + 1}`);
    results.feed(JOB.stepId, 1, [...lines, 'y'.repeat(3000)]);
    await eventually(() => github.console.length === 2, 'two batches');
    const [first, second] = github.console.map((text) => JSON.parse(text));
    expect(first).toMatchObject({ count: 100, stepId: JOB.stepId, startLine: 1 });
    expect(second).toMatchObject({ count: 51, startLine: 101 });
    expect(second.value.at(-1)).toBe(`${'y'.repeat(1024)}...`);
    expect(github.consoleHeaders[0]?.authorization).toBe(`Bearer ${JOB.token}`);
    await results.close();
    results.feed(JOB.stepId, 152, ['too late']);
    expect(github.console).toHaveLength(2);
  });

  it('does not mind a live console that cannot be reached', async () => {
    const message = github.jobMessage();
    github.on('POST /run/7/acquirejob', {
      status: 200,
      json: JSON.parse(JSON.stringify(message).replace('/feed', '/nowhere')),
    });
    const { results } = await scene.acquire();
    results.feed(JOB.stepId, 1, ['one']);
    await results.close();
  });
});
