import { describe, expect, it } from 'vitest';
import { jobsInOneContainer } from '../support/test-containers.ts';

const run = jobsInOneContainer();

describe('a job of run steps', () => {
  it('reports set-up, steps and completion in order, with their names', async () => {
    const { result, reporter } = await run({
      steps: ['echo one', { run: 'echo two', name: 'Say ${{ matrix.what }}' }],
      matrix: { what: 'two' },
    });
    expect(result.conclusion).toBe('success');
    expect(result.steps.map(({ number, name, conclusion }) => [number, name, conclusion])).toEqual([
      [1, 'Set up job', 'success'],
      [2, 'Run echo one', 'success'],
      [3, 'Say two', 'success'],
      [4, 'Complete job', 'success'],
    ]);
    expect(reporter.plan.map(({ name }) => name)).toEqual([
      'Set up job',
      'Run echo one',
      'Say two',
    ]);
    expect(reporter.linesOf(2)).toEqual([
      '##[group]Run echo one',
      '\x1b[36;1mecho one\x1b[0m',
      'shell: /usr/bin/bash -e {0}',
      '##[endgroup]',
      'one',
    ]);
    expect(reporter.linesOf(1)).toContain('Complete job name: build');
  });

  it('fails with the exit code, skips what follows, and runs failure() and always() steps', async () => {
    const { result, lines, step } = await run({
      steps: [
        { run: 'exit 3', id: 'bad' },
        'echo never',
        { run: 'echo ${{ steps.bad.outcome }} ${{ job.status }}', if: 'failure()' },
        { run: 'echo always', if: 'always()' },
      ],
    });
    expect(result.conclusion).toBe('failure');
    expect(result.steps.map(({ conclusion }) => conclusion)).toEqual([
      'success',
      'failure',
      'skipped',
      'success',
      'success',
      'success',
    ]);
    expect(lines(1)).toEqual(['##[error]Process completed with exit code 3.']);
    expect(step(1).annotations).toMatchObject([
      { level: 'failure', message: 'Process completed with exit code 3.', stepNumber: 2 },
    ]);
    expect(lines(3)).toEqual(['failure failure']);
  });

  it('goes on after a failure that the workflow tolerates', async () => {
    const { result, step, lines } = await run({
      steps: [
        { run: 'exit 1', id: 'x', continueOnError: '${{ matrix.ok }}' },
        'echo ${{ steps.x.outcome }}/${{ steps.x.conclusion }}',
      ],
      matrix: { ok: true },
    });
    expect(result.conclusion).toBe('success');
    expect(step(1)).toMatchObject({ outcome: 'failure', conclusion: 'success' });
    expect(lines(2)).toEqual(['failure/success']);
  });

  it('hands outputs, variables and paths from step to step', async () => {
    const { lines, result } = await run({
      env: { STAGE: 'test', TWICE: '${{ github.ref_name }}' },
      steps: [
        {
          id: 'first',
          run: `echo "a=1" >> $GITHUB_OUTPUT
printf 'b<<EOF\\nx\\ny\\nEOF\\n' >> "$GITHUB_OUTPUT"
echo "STAGE=prod" >> "$GITHUB_ENV"
echo "/opt/tools" >> "$GITHUB_PATH"
echo "$STAGE $TWICE"`,
        },
        {
          run: 'echo "$STAGE $OWN"; echo "${PATH%%:*}"; echo "${{ steps.first.outputs.b }}"',
          env: { OWN: '${{ steps.first.outputs.a }}-${{ env.STAGE }}' },
        },
      ],
      outputs: { digest: '${{ steps.first.outputs.a }}', empty: '${{ steps.first.outputs.none }}' },
    });
    expect(lines(1)).toEqual(['test main']);
    expect(lines(2)).toEqual(['prod 1-prod', '/opt/tools', 'x', 'y']);
    expect(result.outputs).toEqual({ digest: { value: '1', isSecret: false } });
  });

  it('shows a self-hosted machine: default variables, workspace, event, empty temp', async () => {
    const { lines } = await run({
      steps: [
        `pwd; echo "$GITHUB_ACTIONS $CI $GITHUB_REPOSITORY $GITHUB_REF_PROTECTED $RUNNER_OS $RUNNER_ARCH $RUNNER_NAME"
echo "token:\${GITHUB_TOKEN-none} home:$HOME action:$GITHUB_ACTION job:$GITHUB_JOB"
python3 -c "import json,os; print(json.load(open(os.environ['GITHUB_EVENT_PATH']))['commits'][0]['message'])"
id -un; ls "$RUNNER_TEMP"; test -w "$RUNNER_TOOL_CACHE" && echo tools`,
      ],
    });
    expect(lines(1).slice(0, 5)).toEqual([
      '/home/runner/_work/demo/demo',
      'true true octo/demo false Linux X64 runner-1',
      'token:none home:/home/runner action:__run job:build',
      'Hello',
      'runner',
    ]);
    expect(lines(1).at(-1)).toBe('tools');
  });

  it('knows the shells', async () => {
    const { lines, step, result } = await run({
      defaults: { shell: 'sh', 'working-directory': 'sub dir' },
      steps: [
        { run: 'mkdir "sub dir"', workingDirectory: '.' },
        'pwd; echo $0 | grep -c sh',
        { run: 'false | true; echo unset; false | true', shell: 'bash', continueOnError: true },
        { run: 'print "perl\\n";', shell: 'perl {0}' },
        { run: 'echo "$1 $2"', shell: 'bash {0} "a b" c' },
        { run: 'x', shell: 'pwsh', continueOnError: true },
        { run: 'x', shell: 'bash -x', continueOnError: true },
        { run: 'x', workingDirectory: '/nope', continueOnError: true },
      ],
    });
    expect(lines(2)[0]).toBe('/home/runner/_work/demo/demo/sub dir');
    expect(lines(3)).toEqual(['##[error]Process completed with exit code 1.']);
    expect(lines(4)).toEqual(['perl']);
    expect(lines(5)).toEqual(['a b c']);
    expect(lines(6)).toEqual(['##[error]pwsh: command not found']);
    expect(lines(7).join()).toContain('Invalid shell option');
    expect(step(7).outcome).toBe('failure');
    expect(lines(8)).toEqual(["##[error]The folder '/nope' does not exist"]);
    expect(result.conclusion).toBe('success');
  });

  it('hashes files', async () => {
    const { lines } = await run({
      steps: [
        'mkdir -p a/b; echo 1 > a/x.lock; echo 2 > a/b/y.lock; echo 3 > a/b/z.txt',
        "echo ${{ hashFiles('**/*.lock') }}",
        `(for f in a/b/y.lock a/x.lock; do sha256sum $f | cut -c1-64 | xxd -r -p 2>/dev/null || python3 -c "
import hashlib,sys; sys.stdout.buffer.write(hashlib.sha256(open('$f','rb').read()).digest())"; done) | sha256sum | cut -c1-64`,
        "echo none:${{ hashFiles('**/*.nope') }}",
        { run: 'echo yes', if: "hashFiles('a/x.lock') != ''" },
      ],
    });
    expect(lines(2)).toEqual(lines(3));
    expect(lines(4)).toEqual(['none:']);
    expect(lines(5)).toEqual(['yes']);
  });

  it('refuses what it cannot do before anything runs', async () => {
    const actions = await run({ steps: [{ uses: 'actions/checkout@v4' }, 'echo never'] });
    expect(actions.result.conclusion).toBe('failure');
    expect(actions.reporter.linesOf(1).join('\n')).toContain('actions/checkout@v4');
    expect(actions.step(2).conclusion).toBe('skipped');
  });
});
