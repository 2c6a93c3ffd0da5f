import { expect, it } from 'vitest';
import { readClockOption } from './clock-option.ts';

it.each([
  ['real', { kind: 'real' }],
  ['manual', { kind: 'manual' }],
  ['manual@2026-03-01T12:00:00Z', { kind: 'manual', at: 1_772_366_400_000 }],
  ['manual@2026-03-01T13:00+01:00', { kind: 'manual', at: 1_772_366_400_000 }],
  ['x60', { kind: 'accelerated', factor: 60 }],
  ['x0.5', { kind: 'accelerated', factor: 0.5 }],
])('%s', (text, clock) => {
  expect(readClockOption(text)).toEqual(clock);
});

it.each(['', 'fast', 'x', 'x0', 'x-1', 'x1e9', 'x100001'])('refuses %j', (text) => {
  expect(() => readClockOption(text)).toThrow(/It must be real, manual/);
});

it.each(['manual@', 'manual@noon', 'manual@2026-13-45T99:00Z', 'manual@5'])(
  'refuses %j',
  (text) => {
    expect(() => readClockOption(text)).toThrow(/is no instant like/);
  },
);
