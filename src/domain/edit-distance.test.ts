import { describe, expect, it } from 'vitest';
import { nearestText } from './edit-distance.ts';

describe('nearestText', () => {
  const labels = ['self-hosted', 'linux', 'gpu', 'arm64'];
  it.each([
    ['self-hostd', 'self-hosted'],
    ['lniux', 'linux'],
    ['Linus', 'linux'],
    ['arm46', 'arm64'],
    ['gpus', 'gpu'],
    ['windows', null],
    ['x', null],
    ['', null],
  ])('%s: %s', (text, expected) => {
    expect(nearestText(text, labels)).toBe(expected);
  });
});
