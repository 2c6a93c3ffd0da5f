import { describe, expect, it } from 'vitest';
import { placeOf, toAnnotation } from './annotations.ts';
import { inOrder, parseFileGlob } from './file-glob.ts';
import { MatcherRun, parseMatchers } from './problem-matcher.ts';
import { stepEnvironment } from './run-environment.ts';
import { resolveShell, shellArguments, shellProblem } from './shells.ts';
import { evaluateCondition, worseStatus } from './step-condition.ts';
import { actionName, formatStepName, showToken } from './step-name.ts';
import { parseWorkflowCommand } from './workflow-command.ts';

describe('shells', () => {
  const shell = (text: string, hasBash = true) => resolveShell(text, { hasBash });

  it('takes bash with the arguments of sh when nothing is said', () => {
    expect(shell('')).toMatchObject({
      program: 'bash',
      argumentFormat: '-e {0}',
      extension: '.sh',
    });
    expect(shell('', false)).toMatchObject({ program: 'sh' });
    expect(shell('bash')).toMatchObject({
      argumentFormat: '--noprofile --norc -e -o pipefail {0}',
    });
    expect(shell('perl {0}')).toMatchObject({
      program: 'perl',
      argumentFormat: '{0}',
      extension: '',
    });
  });

  it('refuses what has no place for the script', () => {
    expect(shellProblem(shell('zsh'))).toContain('Invalid shell option');
    expect(shellProblem(shell('constructor'))).toContain('Invalid shell option');
    expect(shellProblem(shell('bash'))).toBeNull();
  });

  it('splits arguments as a command line', () => {
    expect(shellArguments(`-command ". '{0}'"`, '/t/x.ps1')).toEqual(['-command', ". '/t/x.ps1'"]);
    expect(shellArguments('-a "b c"d {0} \\"e', '/x')).toEqual(['-a', 'b cd', '/x', '"e']);
    expect(shellArguments('""  {0}', '/x')).toEqual(['', '/x']);
    expect(shellArguments('-c {{a}} {0}', '/x')).toEqual(['-c', '{a}', '/x']);
  });
});

describe('the environment of a step', () => {
  it('lets the runner win over the user, the user over the image, and CI be chosen', () => {
    const env = stepEnvironment({
      host: { PATH: '/bin', A: 'image', HOME: '/image' },
      home: '/home/runner',
      env: { A: 'user', CI: 'mine', GITHUB_SHA: 'forged', GITHUB_ACTIONS: 'no' },
      github: { sha: 'abc', token: 'secret', ref_protected: false, head_ref: null },
      runner: { os: 'Linux', temp: '/t' },
      prependPath: ['/one', '/two'],
    });
    expect(env).toEqual({
      PATH: '/two:/one:/bin',
      A: 'user',
      HOME: '/image',
      CI: 'mine',
      GITHUB_SHA: 'abc',
      GITHUB_ACTIONS: 'true',
      GITHUB_REF_PROTECTED: 'false',
      RUNNER_OS: 'Linux',
      RUNNER_TEMP: '/t',
    });
  });
});

describe('conditions', () => {
  it('knows the status functions and falsy values', () => {
    expect(evaluateCondition('success()', {}, 'success')).toBe(true);
    expect(evaluateCondition('!cancelled() && failure()', {}, 'failure')).toBe(true);
    expect(evaluateCondition('always() && env.X', { env: { X: '' } }, 'cancelled')).toBe(false);
    expect(() => evaluateCondition('nope()', {}, 'success')).toThrow('nope');
  });

  it('never lets a cancelled job become anything else', () => {
    expect(worseStatus('cancelled', 'failure')).toBe('cancelled');
    expect(worseStatus('success', 'failure')).toBe('failure');
  });
});

describe('names', () => {
  it('shows what cannot be evaluated yet as it was written', () => {
    const expr = "format('It''s {0} {{x}} {1}', join(matrix.a, ', '), steps.b.outputs['c,d'])";
    expect(showToken({ type: 3, expr })).toBe(
      "It's ${{ join(matrix.a, ', ') }} {x} ${{ steps.b.outputs['c,d'] }}",
    );
    expect(showToken({ type: 3, expr: ' github.sha ' })).toBe('${{ github.sha }}');
    expect(formatStepName('Run ', '\n  make all\nmore')).toBe('Run make all');
    expect(actionName({ type: 'repository', name: 'a/b', path: 'c', ref: 'v1' })).toBe('a/b/c@v1');
    expect(actionName({ type: 'repository', path: './x' })).toBe('./x');
  });
});

describe('annotations', () => {
  const place = (line: string) => {
    const command = parseWorkflowCommand(line, () => true);
    if (command === null) throw new Error('no command');
    return placeOf(command, '/ws').place;
  };

  it('completes starts and drops contradictions', () => {
    expect(place('::error file=/ws/a/b.ts,line=1::')).toEqual({ path: 'a/b.ts', line: 1 });
    expect(place('::error endLine=4::')).toEqual({ line: 4, endLine: 4 });
    expect(place('::error col=4::')).toEqual({});
    expect(place('::error line=1,endLine=2,col=3::')).toEqual({ line: 1, endLine: 2 });
    expect(place('::error line=5,endLine=2::')).toEqual({});
    expect(place('::error line=5,col=4,endColumn=3::')).toEqual({ line: 5 });
  });

  it('points to the log when there is no other place', () => {
    const log = { stepNumber: 2, lineNumber: 17 };
    expect(toAnnotation('error', 'm', {}, log)).toMatchObject({ startLine: 17, endLine: 17 });
    expect(toAnnotation('notice', 'm', { path: 'a' }, log)).toMatchObject({ startLine: 0 });
  });
});

describe('file patterns', () => {
  const chosen = (patterns: string, ...files: string[]) =>
    files.filter((file) => parseFileGlob(patterns, '/ws').matches(`/ws/${file}`));

  it('matches at any depth, below folders, and takes back what is excluded', () => {
    expect(chosen('**/*.lock', 'a.lock', 'x/y/b.lock', 'a.lock.txt')).toEqual([
      'a.lock',
      'x/y/b.lock',
    ]);
    expect(chosen('src', 'src/a', 'src/b/c', 'srcx')).toEqual(['src/a', 'src/b/c']);
    expect(chosen('**\n!**/b/**\nx/b/keep', 'a', 'x/b/c', 'x/b/keep')).toEqual(['a', 'x/b/keep']);
    expect(chosen('a?c[0-9]', 'abc1', 'abc', 'a/c1')).toEqual(['abc1']);
    expect(chosen('a.b', 'axb', 'a.b')).toEqual(['a.b']);
  });

  it('starts the search where a match can lie', () => {
    expect(parseFileGlob('src/**/*.ts\nsrc/x/a\n!src/z', '/ws').roots).toEqual(['/ws/src']);
  });

  it('orders files folder by folder', () => {
    expect(['/w/b', '/w/a/z', '/w/a-b', '/w/a'].sort(inOrder(['/w']))).toEqual([
      '/w/a',
      '/w/a/z',
      '/w/a-b',
      '/w/b',
    ]);
  });

  it('orders them by the pattern that found them', () => {
    const { roots } = parseFileGlob('z.txt\nsrc/**\na.txt\nsrc/z/*', '/w');
    expect(roots).toEqual(['/w/z.txt', '/w/src', '/w/a.txt']);
    expect(parseFileGlob('[[]x].md\n\\*y\n[ab]/z', '/w').roots).toEqual(['/w']);
    expect(parseFileGlob('[[]x].md\n\\*y', '/w').roots).toEqual(['/w/[x].md', '/w/*y']);
    expect(['/w/a.txt', '/w/src/b', '/w/src/a', '/w/z.txt'].sort(inOrder(roots))).toEqual([
      '/w/z.txt',
      '/w/src/a',
      '/w/src/b',
      '/w/a.txt',
    ]);
  });
});

describe('problem matchers', () => {
  const loop = {
    problemMatcher: [
      {
        owner: 'x',
        severity: 'warning',
        pattern: [
          { regexp: '^F (.*)$', file: 1 },
          { regexp: '^ (\\d+) (.*)$', line: 1, message: 2, loop: true },
        ],
      },
    ],
  };

  it('carries a running match through a loop until a line breaks it', () => {
    const [config] = parseMatchers(loop);
    if (config === undefined) throw new Error('no matcher');
    const run = new MatcherRun(config);
    const found = ['F a', ' 1 x', ' 2 y', 'no', ' 3 z'].map((line) =>
      run.match(line, (regex, text) => regex.exec(text)),
    );
    expect(found).toEqual([
      null,
      { file: 'a', line: '1', message: 'x', severity: 'warning' },
      { file: 'a', line: '2', message: 'y', severity: 'warning' },
      null,
      null,
    ]);
  });

  it.each([
    [{ problemMatcher: [{ pattern: [] }] }, 'Owner must not be empty'],
    [{ problemMatcher: [{ owner: 'a', pattern: [] }] }, 'does not contain any patterns'],
    [{ problemMatcher: [{ owner: 'a', pattern: [{ regexp: '(' }] }] }, 'does not parse'],
    [{ problemMatcher: [{ owner: 'a', pattern: [{ regexp: 'x' }] }] }, "must set 'message'"],
    [
      { problemMatcher: [{ owner: 'a', pattern: [{ regexp: 'x', message: 1, loop: true }] }] },
      "may set 'loop'",
    ],
  ])('refuses %j', (json, problem) => {
    expect(() => parseMatchers(json)).toThrow(problem);
  });
});
