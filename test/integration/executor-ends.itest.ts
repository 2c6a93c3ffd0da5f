import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';
import type { StepHost } from '../../src/ports/step-host.ts';
import { createRecordingReporter, type RecordingReporter } from '../support/recording-reporter.ts';
import { realClock, runTestJob } from '../support/run-test-job.ts';
import { containersOfEachTest } from '../support/test-containers.ts';

const start = containersOfEachTest();

/** A reporter that acts when a line of output appears. */
function reporterThat(line: string, act: () => unknown): RecordingReporter {
  const reporter = createRecordingReporter();
  return {
    ...reporter,
    line(step, text, at) {
      if (text === line) act();
      return reporter.line(step, text, at);
    },
  };
}

/** A clock whose sleeps take a tenth of a second. */
const hastyClock: Clock = { ...realClock, sleep: (_ms, signal) => realClock.sleep(100, signal) };

const processes = async (host: StepHost): Promise<string> => {
  let text = '';
  await host.exec(
    { argv: ['ps', 'axo', 'args'], cwd: '/', env: { PATH: '/bin:/usr/bin' } },
    {
      stdout(chunk) {
        text += Buffer.from(chunk).toString();
      },
      stderr: () => undefined,
    },
    new AbortController().signal,
  );
  return text;
};

describe('the end of a job', () => {
  it('ends a step at its time limit with the runner’s words', async () => {
    const { host } = await start();
    const { result, lines, step } = await runTestJob(
      host,
      {
        steps: [
          { run: 'echo begun; sleep 66', name: 'Slow', timeoutMinutes: '${{ fromJSON(env.T) }}' },
          { run: 'echo after', if: 'always()' },
        ],
        env: { T: '5' },
      },
      { clock: hastyClock },
    );
    expect(result.conclusion).toBe('failure');
    expect(step(1).outcome).toBe('failure');
    expect(lines(1)).toEqual([
      'begun',
      "##[error]The action 'Slow' has timed out after 5 minutes.",
    ]);
    expect(lines(2)).toEqual(['after']);
  });

  it('cancels: the step and its whole tree end, always() and cancelled() steps still run', async () => {
    const { host } = await start();
    const cancel = new AbortController();
    const { result, lines, step } = await runTestJob(
      host,
      {
        steps: [
          {
            run: `trap 'echo int' INT
(trap '' INT TERM; setsid sleep 71 & sleep 72) &
echo ready; sleep 73; wait`,
          },
          'echo never',
          { run: 'echo ${{ job.status }}', if: 'cancelled()' },
          { run: 'echo cleanup', if: 'always()' },
        ],
      },
      { cancel: cancel.signal, reporter: reporterThat('ready', () => cancel.abort()) },
    );
    expect(result.conclusion).toBe('cancelled');
    expect(lines(1)).toContain('int');
    expect(lines(1).at(-1)).toBe('##[error]The operation was canceled.');
    expect(step(1).conclusion).toBe('cancelled');
    expect(step(2).conclusion).toBe('skipped');
    expect(lines(3)).toEqual(['cancelled']);
    expect(lines(4)).toEqual(['cleanup']);
    expect(await processes(host)).not.toMatch(/sleep 7/);
  });

  it('lets a running always() step finish when the job is cancelled', async () => {
    const { host } = await start();
    const cancel = new AbortController();
    const { result, lines } = await runTestJob(
      host,
      { steps: [{ run: 'echo ready; sleep 0.3; echo done', if: 'always()' }, 'echo never'] },
      { cancel: cancel.signal, reporter: reporterThat('ready', () => cancel.abort()) },
    );
    expect(result.conclusion).toBe('cancelled');
    expect(lines(1)).toEqual(['ready', 'done']);
    expect(lines(2)).toEqual([]);
  });

  it('at a shutdown skips everything that follows and fails the job', async () => {
    const { host } = await start();
    const shutdown = new AbortController();
    const { result, step } = await runTestJob(
      host,
      { steps: ['echo ready; sleep 60', { run: 'echo never', if: 'always()' }] },
      { shutdown: shutdown.signal, reporter: reporterThat('ready', () => shutdown.abort()) },
    );
    expect(result.conclusion).toBe('failure');
    expect(result.failure?.kind).toBe('shutdown');
    expect(result.annotations[0]?.message).toContain('shutdown signal');
    expect(step(2).conclusion).toBe('skipped');
  });

  it('tells of a lost container instead of throwing', async () => {
    const { host, container } = await start();
    const { result, lines, step } = await runTestJob(
      host,
      { steps: ['echo ready; sleep 60', { run: 'echo never', if: 'always()' }] },
      { reporter: reporterThat('ready', () => container.kill()) },
    );
    expect(result.conclusion).toBe('failure');
    expect(result.failure?.kind).toBe('infrastructure');
    expect(lines(1).at(-1)).toContain('The container of this job ended');
    expect(step(1).conclusion).toBe('failure');
    expect(step(2).conclusion).toBe('skipped');
    expect(result.annotations[0]?.message).toContain('The container of this job ended');
  });

  it('leaves nothing running behind and ends orphans', async () => {
    const { host } = await start();
    const { reporter } = await runTestJob(host, {
      steps: ['setsid sleep 81 >/dev/null 2>&1 & echo started', 'echo next'],
    });
    expect(reporter.linesOf(4).join('\n')).toMatch(
      /Terminate orphan process: pid \(\d+\) \(sleep\)/,
    );
    expect(await processes(host)).not.toMatch(/sleep 81/);
  });
});
