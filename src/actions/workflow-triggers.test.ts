import { describe, expect, it } from 'vitest';
import { matchesPatterns, patternToRegExp } from './workflow-filter.ts';
import { parseWorkflow } from './workflow-parse.ts';
import { isTriggeredBy, type Occurrence, skipsRuns } from './workflow-triggers.ts';

const JOBS = 'jobs: { a: { runs-on: x, steps: [{ run: a }] } }';

const triggered = (on: string, occurrence: Partial<Occurrence>): boolean => {
  const { workflow, problems } = parseWorkflow('a.yml', `on: ${on}\n${JOBS}`);
  if (workflow === null) throw new Error(JSON.stringify(problems));
  return isTriggeredBy(workflow, {
    event: 'push',
    action: null,
    ref: 'refs/heads/main',
    baseRef: null,
    changedFiles: ['README.md'],
    ...occurrence,
  });
};

describe('patternToRegExp', () => {
  it.each([
    ['feature/*', 'feature/a', true],
    ['feature/*', 'feature/a/b', false],
    ['feature/**', 'feature/a/b', true],
    ['**', 'a/b', true],
    ['**/README.md', 'README.md', true],
    ['**/README.md', 'a/b/README.md', true],
    ['*.js', 'a/b.js', false],
    ['**.js', 'a/b.js', true],
    ['docs/**', 'docs/a/b', true],
    ['v[12].[0-9]+.[0-9]+', 'v1.10.1', true],
    ['v[12].[0-9]+.[0-9]+', 'v3.1.1', false],
    ['*.jsx?', 'page.js', true],
    ['a.b', 'axb', false],
    ['\\*', '*', true],
    ['a++', 'a++', true],
  ])('%s against %s: %s', (pattern, name, expected) => {
    expect(patternToRegExp(pattern).test(name)).toBe(expected);
  });
  it('lets the last pattern that matches decide', () => {
    expect(matchesPatterns('releases/10', ['releases/**', '!releases/**-alpha'])).toBe(true);
    expect(matchesPatterns('releases/10-alpha', ['releases/**', '!releases/**-alpha'])).toBe(false);
    expect(matchesPatterns('a', ['!a', 'a'])).toBe(true);
  });
});

describe('isTriggeredBy', () => {
  it.each<[string, Partial<Occurrence>, boolean]>([
    ['push', {}, true],
    ['[push, pull_request]', {}, true],
    ['pull_request', {}, false],
    ['{ push: { branches: [main] } }', {}, true],
    ['{ push: { branches: ["rel/*"] } }', {}, false],
    ['{ push: { branches-ignore: [main] } }', {}, false],
    ['{ push: { branches: [main] } }', { ref: 'refs/tags/v1' }, false],
    ['{ push: { tags: ["v*"] } }', { ref: 'refs/tags/v1' }, true],
    ['{ push: { tags: ["v*"] } }', {}, false],
    ['{ push: { paths: ["src/**"] } }', {}, false],
    ['{ push: { paths: ["src/**"] } }', { changedFiles: ['a', 'src/x/y'] }, true],
    ['{ push: { paths-ignore: ["**.md"] } }', {}, false],
    ['{ push: { paths-ignore: ["**.md"] } }', { changedFiles: ['a.md', 'b'] }, true],
    ['{ push: { paths: ["src/**"] } }', { ref: 'refs/tags/v1' }, true],
    ['pull_request', { event: 'pull_request', action: 'opened', baseRef: 'main' }, true],
    ['pull_request', { event: 'pull_request', action: 'closed', baseRef: 'main' }, false],
    [
      '{ pull_request: { types: [closed], branches: [main] } }',
      { event: 'pull_request', action: 'closed', baseRef: 'main' },
      true,
    ],
    [
      '{ pull_request: { branches: [other] } }',
      { event: 'pull_request', action: 'opened', baseRef: 'main' },
      false,
    ],
    ['workflow_dispatch', { event: 'workflow_dispatch' }, true],
  ])('on: %s with %j: %s', (on, occurrence, expected) => {
    expect(triggered(on, occurrence)).toBe(expected);
  });
  it('knows the words that skip runs', () => {
    expect(skipsRuns('docs [skip ci]')).toBe(true);
    expect(skipsRuns('docs')).toBe(false);
  });
});
