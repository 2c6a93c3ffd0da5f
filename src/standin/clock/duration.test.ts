import { expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

it.each([
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['250ms', 250],
  ['1.5s', 1500],
  ['2d', 172_800_000],
  ['0s', 0],
  ['', null],
  ['10', null],
  ['m', null],
  ['10 m', null],
  ['-1s', null],
  ['10x', null],
])('%s is %s milliseconds', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});
