import { describe, expect, it } from 'vitest';
import { whyText } from './why-text.ts';

const at = '2026-01-01T00:00:00.000Z';
const job = { id: 'job_1', name: 'build', state: 'queued' as const };
const waiting = { code: 'pool-full', sentence: 'Pool a is full.', since: at, startsInMs: 90_000 };

describe('whyText', () => {
  it('says the reason, since when, and when its turn comes', () => {
    expect(whyText({ ...job, waiting }, Date.parse(at) + 5 * 60_000)).toBe(
      'job_1 (build) waits (pool-full, for 5 min now):\nPool a is full.\nIts turn comes in about 90 s.\n',
    );
  });

  it('says no more than is known', () => {
    const bare = { ...waiting, since: null, startsInMs: null };
    expect(whyText({ ...job, waiting: bare }, 0)).toBe(
      'job_1 (build) waits (pool-full):\nPool a is full.\n',
    );
    expect(whyText({ ...job, state: 'running', waiting: null }, 0)).toBe(
      'job_1 (build) does not wait: it is running.\n',
    );
  });
});
