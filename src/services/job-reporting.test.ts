import { describe, expect, it } from 'vitest';
import { createTestClock } from '../../test/support/clocks.ts';
import { eventually } from '../../test/support/eventually.ts';
import { readLog } from '../../test/support/log-text.ts';
import { createRecordingLog } from '../../test/support/logs.ts';
import {
  aJob,
  createMemoryEvents,
  createMemoryLedger,
  createMemoryLogs,
} from '../../test/support/memory-ports.ts';
import type { WireStepUpdate } from '../contract/runner-protocol.ts';
import { jobIdOf } from '../domain/ids.ts';
import type { FinishedStep } from '../ports/job-reporter.ts';
import type { ResultsService } from '../ports/runner-protocol.ts';
import { lineInstant } from './job-log-lines.ts';
import { createJobReporting, type JobReporting } from './job-reporting.ts';

const id = jobIdOf(1);
const at = '2026-06-30T15:40:39.583Z';
const setup = { id: 'a', number: 1, name: 'Set up job' };
const make = { id: 'b', number: 2, name: 'Run make' };

interface Scene {
  readonly reporting: JobReporting;
  readonly batches: WireStepUpdate[][];
  readonly uploads: Map<string, { text: string; lines: number; finished: boolean }>;
  readonly fed: unknown[];
  readonly logs: ReturnType<typeof createMemoryLogs>;
  readonly ledger: ReturnType<typeof createMemoryLedger>;
  readonly events: ReturnType<typeof createMemoryEvents>;
  readonly log: ReturnType<typeof createRecordingLog>;
}

function aScene(change: Partial<ResultsService> = {}): Scene {
  const batches: WireStepUpdate[][] = [];
  const uploads: Scene['uploads'] = new Map();
  const fed: unknown[] = [];
  const logs = createMemoryLogs();
  const ledger = createMemoryLedger(aJob({ id }));
  const events = createMemoryEvents();
  const log = createRecordingLog();
  const results: ResultsService = {
    updateSteps: async (steps) => void batches.push([...steps]),
    openLog(stepId) {
      const upload = { text: '', lines: 0, finished: false };
      uploads.set(stepId ?? 'job', upload);
      return {
        async append(text, lines) {
          upload.text += Buffer.from(text as string);
          upload.lines += lines;
        },
        async finish() {
          upload.finished = true;
        },
      };
    },
    uploadSummary: async () => undefined,
    feed: (stepId, startLine, lines) => void fed.push([stepId, startLine, ...lines]),
    close: async () => undefined,
    ...change,
  };
  const clock = createTestClock(10);
  const reporting = createJobReporting({ results, logs, ledger, events, clock, log, job: id });
  return { reporting, batches, uploads, fed, logs, ledger, events, log };
}

const done = (step: typeof make, change: Partial<FinishedStep> = {}): FinishedStep => ({
  ...step,
  outcome: 'success',
  conclusion: 'success',
  startedAt: at,
  completedAt: at,
  annotations: [],
  lines: 0,
  ...change,
});

describe('the lines of a job', () => {
  it('carry seven fractional digits in front', () => {
    expect(lineInstant(at)).toBe('2026-06-30T15:40:39.5830000Z');
    expect(lineInstant('2026-06-30T15:40:39Z')).toBe('2026-06-30T15:40:39.0000000Z');
    expect(lineInstant('2026-06-30T15:40:39.58338101Z')).toBe('2026-06-30T15:40:39.5833810Z');
  });

  it('reach step logs, job log, console, store and watchers in order', async () => {
    const { reporting, uploads, fed, logs, events } = aScene();
    await reporting.line(setup, 'one', at);
    reporting.stepFinished(done(setup));
    await reporting.line(make, 'two\nlines', at);
    await reporting.line(make, 'three', at);
    reporting.stepFinished(done(make));
    await reporting.drain();
    const stamp = '2026-06-30T15:40:39.5830000Z';
    const ofMake = `${stamp} two\nlines\n${stamp} three\n`;
    expect(uploads.get('b')).toEqual({ text: ofMake, lines: 3, finished: true });
    expect(uploads.get('job')).toEqual({
      text: `${stamp} one\n${ofMake}`,
      lines: 4,
      finished: true,
    });
    expect(fed).toEqual([
      ['a', 1, 'one'],
      ['b', 1, 'two\nlines', 'three'],
    ]);
    expect(await readLog(logs, id, 2)).toBe(ofMake);
    expect(events.seen).toContainEqual({ kind: 'lines', job: id, step: 2, text: ofMake });
  });

  it('are numbered as counted when written', async () => {
    const { reporting, fed } = aScene();
    await reporting.line(make, 'two\nlines', at);
    await eventually(() => fed.length === 1, 'the first batch');
    await reporting.line(make, 'third', at);
    await reporting.drain();
    expect(fed[1]).toEqual(['b', 3, 'third']);
  });

  it('hold back the executor while they cannot be delivered', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { reporting, uploads } = aScene({
      openLog: () => ({ append: () => gate, finish: async () => undefined }),
    });
    const line = 'x'.repeat(100_000);
    let held: Promise<void> | null = null;
    let given = 0;
    for (; given < 100 && held === null; given += 1) {
      held = reporting.line(make, line, at) ?? null;
    }
    expect(given).toBeLessThan(30);
    open();
    await held;
    await reporting.drain();
    expect(uploads.size).toBe(0);
  });

  it('are kept by the hub when GitHub does not take them', async () => {
    const { reporting, logs, log } = aScene({
      openLog: () => ({
        append: () => Promise.reject(new Error('no')),
        finish: async () => undefined,
      }),
    });
    await reporting.line(make, 'one', at);
    await reporting.drain();
    expect(await readLog(logs, id, 2)).toMatch(/ one\n$/);
    expect(log.entries.filter(({ level }) => level === 'warn')).toHaveLength(2);
  });
});

describe('the steps of a job', () => {
  it('reach GitHub in batches and the ledger with their last state', async () => {
    const { reporting, batches, ledger, events } = aScene();
    reporting.planned([setup, make]);
    reporting.stepStarted(setup, at);
    reporting.stepFinished(done(setup));
    reporting.stepStarted(make, at);
    await reporting.drain();
    const states = batches
      .flat()
      .map(({ number, status, conclusion }) => [number, status, conclusion]);
    expect(states).toEqual([
      [1, 6, 2],
      [2, 3, 0],
    ]);
    expect(batches[0]?.[0]).toMatchObject({ external_id: 'a', started_at: at, completed_at: at });
    expect(await ledger.steps(id)).toEqual([
      expect.objectContaining({ number: 1, conclusion: 'success', completedAt: at }),
      expect.objectContaining({ number: 2, conclusion: null, startedAt: at }),
    ]);
    expect(events.seen).toContainEqual({ kind: 'step', job: id, number: 2 });
  });

  it('are saved with their last state when they end during a save', async () => {
    const { reporting, ledger } = aScene();
    const steps = [setup, make, { id: 'c', number: 3, name: 'Complete job' }];
    const { saveStep } = ledger;
    ledger.saveStep = async (job, row) => {
      ledger.saveStep = saveStep;
      for (const step of steps) reporting.stepFinished(done(step));
      await saveStep(job, row);
    };
    for (const step of steps) reporting.stepStarted(step, at);
    await eventually(() => ledger.saveStep === saveStep, 'the first save');
    await reporting.drain();
    const conclusions = (await ledger.steps(id)).map(({ conclusion }) => conclusion);
    expect(conclusions).toEqual(['success', 'success', 'success']);
  });

  it('are ended when the executor fails: begun ones failed, the others were skipped', async () => {
    const { reporting, batches } = aScene();
    reporting.planned([setup, make, { id: 'c', number: 3, name: 'Run test' }]);
    reporting.stepStarted(setup, at);
    reporting.stepFinished(done(setup));
    reporting.stepStarted(make, at);
    await reporting.line(make, 'half', at);
    reporting.abandon(at);
    await reporting.drain();
    expect(reporting.finished()).toMatchObject([
      { number: 1, conclusion: 'success' },
      { number: 2, conclusion: 'failure', lines: 1 },
      { number: 3, conclusion: 'skipped', startedAt: at },
    ]);
    expect(batches.flat().at(-1)).toMatchObject({ number: 3, conclusion: 7 });
  });

  it('fail no job when they cannot be delivered', async () => {
    const no = (): Promise<never> => Promise.reject(new Error('no'));
    const { reporting, log } = aScene({ updateSteps: no, uploadSummary: no });
    reporting.stepStarted(make, at);
    reporting.summary(make, Buffer.from('# Hello'));
    reporting.stepFinished(done(make));
    await reporting.drain();
    expect(log.entries.map(({ message }) => message)).toEqual([
      'summary not delivered to github',
      'step states not delivered to github',
    ]);
  });
});
