import { describe, expect, it } from 'vitest';
import { forkOrigin } from './fork-origin.ts';

describe('forkOrigin', () => {
  it.each([
    [null, 'unknown'],
    [{ event: 'push', headRepository: 'Octo/App' }, 'no'],
    [{ event: 'pull_request', headRepository: 'octo/app' }, 'no'],
    [{ event: 'pull_request', headRepository: 'else/app' }, 'yes'],
    [{ event: 'pull_request_target', headRepository: 'else/app' }, 'yes'],
    [{ event: 'pull_request', headRepository: null }, 'yes'],
    [{ event: 'schedule', headRepository: null }, 'no'],
  ] as const)('%j: %s', (run, expected) => {
    expect(forkOrigin('octo/app', run)).toBe(expected);
  });
});
