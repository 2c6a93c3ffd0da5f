import { describe, expect, it } from 'vitest';
import type { JobSpec } from '../support/job-message.ts';
import { runTestJob } from '../support/run-test-job.ts';
import type { ContainerWishes } from '../support/step-container.ts';
import { containersOfEachTest } from '../support/test-containers.ts';

const start = containersOfEachTest();

/** Every job gets a container of its own: what these steps do to it would spoil it for others. */
async function run(spec: JobSpec, wishes: ContainerWishes = {}) {
  const { host } = await start(wishes);
  return runTestJob(host, spec);
}

/** Proves that the job went on, with commands that still run. */
const AFTER = { run: 'echo after', if: 'always()' };

describe('a step that takes too much', () => {
  it('names a shell that is not there', async () => {
    const { lines, reporter } = await run({
      steps: [{ run: 'x', shell: 'fish' }, { run: 'x', shell: 'fish {0}', if: 'always()' }, AFTER],
    });
    expect(lines(1).at(-1)).toBe('##[error]fish: command not found');
    expect(reporter.linesOf(3).at(-1)).toBe('##[error]fish: command not found');
    expect(lines(3)).toEqual(['after']);
  });

  it('fills the disk', async () => {
    const { lines, reporter, result } = await run(
      { steps: ['head -c 100000000 /dev/zero > big', AFTER] },
      { homeMb: 16 },
    );
    expect(lines(1)).toEqual([
      "head: error writing 'standard output': No space left on device",
      '##[error]Process completed with exit code 1.',
    ]);
    expect(reporter.linesOf(3).at(-1)).toMatch(
      /^##\[error\]The disk of the container is full: \/home\/runner\/_work\/_temp\/.* could not be written$/,
    );
    expect(result.conclusion).toBe('failure');
    expect(result.failure).toBeUndefined();
  });

  it('starts 10,000 processes', async () => {
    const { lines } = await run({
      steps: [
        {
          run: 'i=0; while [ $i -lt 10000 ]; do sleep 60 >/dev/null 2>&1 & i=$((i+1)); done',
          shell: 'sh',
        },
        AFTER,
      ],
    });
    expect(lines(1)).toContain(
      '##[error]The job reached the limit of its processes: some could not be started.',
    );
    expect(lines(1).at(-1)).toMatch(/^##\[error\]Process completed with exit code \d+\.$/);
    expect(lines(2)).toEqual(['after']);
  });

  it('never stops starting processes', async () => {
    const { reporter, result } = await run({
      steps: ['b() { b | b & }; b; sleep 2; echo end', AFTER],
    });
    // Which of its processes get through is chance, also for the next step: they go on meanwhile.
    expect(reporter.linesOf(2).join('\n')).toContain('Resource temporarily unavailable');
    expect(result.steps.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(result.failure).toBeUndefined();
  });

  it('writes more than the file commands take', async () => {
    const flood = 'head -c 40000000 /dev/zero | tr "\\0" x';
    const { lines, step } = await run({
      steps: [
        { run: `${flood} > $GITHUB_OUTPUT`, continueOnError: true },
        { run: `${flood} > $GITHUB_ENV`, continueOnError: true },
        '{ printf A=; head -c 3000000 /dev/zero | tr "\\0" x; echo; } > $GITHUB_ENV',
        'echo never',
      ],
    });
    for (const [number, name] of [
      [1, 'output'],
      [2, 'env'],
    ] as const) {
      expect(lines(number)).toEqual([
        `##[error]Unable to process file command '${name}' successfully.`,
        '##[error]The file is larger than 32 MiB',
      ]);
      expect(step(number).outcome).toBe('failure');
    }
    expect(lines(4).at(-1)).toContain("Argument list too long: the variable 'A'");
    expect(step(4).outcome).toBe('failure');
  });
});

describe('a step that breaks what is around it', () => {
  it('closes its output', async () => {
    const { lines } = await run({
      steps: ['exec >&- 2>&-; true', 'exec >&- 2>&-; exit 3', AFTER],
    });
    expect(lines(1)).toEqual([]);
    expect(lines(2)).toEqual(['##[error]Process completed with exit code 3.']);
    expect(lines(3)).toEqual(['after']);
  });

  it('leaves a process behind that holds its output', async () => {
    const { lines, reporter, result } = await run({ steps: ['sleep 300 & echo started', AFTER] });
    expect(lines(1)).toEqual(['started']);
    expect(lines(2)).toEqual(['after']);
    expect(reporter.linesOf(4).join('\n')).toMatch(
      /Terminate orphan process: pid \(\d+\) \(sleep\)/,
    );
    expect(result.conclusion).toBe('success');
  });

  it('prints NUL bytes and invalid UTF-8, also in commands', async () => {
    const { lines } = await run({
      steps: [`printf 'a\\0b\\n\\xff\\xfe\\xc3(\\n::add-mask::x\\0y\\nx\\0y\\n'`],
    });
    expect(lines(1)).toEqual(['a\0b', '\uFFFD\uFFFD\uFFFD(', '***']);
  });

  it('kills every process it may, its own agent too', async () => {
    const { lines, result } = await run({ steps: ['kill -9 -1', AFTER] });
    expect(lines(1)).toEqual(['##[error]Process completed with exit code 137.']);
    expect(lines(2)).toEqual(['after']);
    expect(result.failure).toBeUndefined();
  });

  it('cannot end the container, unless it is root there', async () => {
    const asUser = await run({ steps: ['kill -9 1', AFTER] });
    expect(asUser.lines(1).join('\n')).toContain('Operation not permitted');
    expect(asUser.lines(2)).toEqual(['after']);
    // The init process of a container takes no signal that it has no handler for; SIGTERM it has.
    const asRoot = await run({ steps: ['kill -TERM 1; sleep 30', AFTER] }, { user: 'root' });
    expect(asRoot.lines(1).at(-1)).toContain('The container of this job ended');
    expect(asRoot.step(2).conclusion).toBe('skipped');
    expect(asRoot.result.failure?.kind).toBe('infrastructure');
  });

  it('removes the workspace and the temporary folder', async () => {
    const { lines, reporter } = await run({
      steps: [
        'rm -rf "$GITHUB_WORKSPACE"',
        'pwd',
        {
          run: 'mkdir -p "$GITHUB_WORKSPACE"; rm -rf "$RUNNER_TEMP"',
          workingDirectory: '/',
          if: 'always()',
        },
        AFTER,
      ],
    });
    expect(reporter.linesOf(3).at(-1)).toBe(
      "##[error]The folder '/home/runner/_work/demo/demo' does not exist",
    );
    expect(lines(4)).toEqual(['after']);
  });

  it('puts something else where its file commands were', async () => {
    const instead = (what: string) => ({
      run: `for f in $GITHUB_OUTPUT $GITHUB_ENV $GITHUB_PATH $GITHUB_STATE $GITHUB_STEP_SUMMARY
do rm -f $f; ${what}; done`,
      continueOnError: true,
    });
    const { lines, step, reporter } = await run({
      steps: [
        instead('true'),
        instead('mkdir $f'),
        instead('mkfifo $f'),
        instead('ln -s /dev/zero $f'),
        instead('ln -s $f $f'),
        instead('ln -s /etc/passwd $f'),
        instead('echo x > $f; chmod 000 $f'),
        AFTER,
      ],
    });
    for (const number of [1, 2, 3, 4, 5]) expect(step(number).outcome).toBe('success');
    expect(reporter.linesOf(7)).toContain(
      "##[error]Unable to process file command 'output' successfully.",
    );
    expect(step(6).outcome).toBe('failure');
    expect(reporter.linesOf(8).at(-1)).toMatch(/^##\[error\]The file .* cannot be read$/);
    expect(step(7).outcome).toBe('failure');
    expect(lines(8)).toEqual(['after']);
  });

  it('turns PATH into nonsense', async () => {
    const { reporter, result } = await run({
      steps: [
        'echo PATH=/nonsense >> $GITHUB_ENV',
        'echo x; ls',
        { run: 'echo y', shell: '/bin/bash {0}', if: 'always()' },
      ],
    });
    // The shell itself is not looked up by the step's own PATH; what it runs is.
    expect(reporter.linesOf(3)).toContain('x');
    expect(reporter.linesOf(3).at(-1)).toBe('##[error]Process completed with exit code 127.');
    expect(reporter.linesOf(4).at(-1)).toBe('y');
    expect(reporter.linesOf(5)[0]).toBe('Cleaning up orphan processes');
    expect(result.conclusion).toBe('failure');
  });
});
