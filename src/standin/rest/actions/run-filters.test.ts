import { expect, it } from 'vitest';
import { isCreatedIn } from './run-filters.ts';

const AT = Date.parse('2024-05-17T12:30:00.250Z');

it.each([
  ['2024-05-17', true],
  ['2024-05-16', false],
  ['2024-05-17T12:30:00Z', true],
  ['2024-05-17T12:30:01Z', false],
  ['>2024-05-16', true],
  ['>2024-05-17', false],
  ['>=2024-05-17', true],
  ['<2024-05-17', false],
  ['<=2024-05-17', true],
  ['2024-05-01..2024-05-17', true],
  ['2024-05-18..*', false],
  ['*..2024-05-17T12:30:00Z', true],
  ['no date', false],
])('created=%s holds: %s', (filter, holds) => {
  expect(isCreatedIn(AT, filter)).toBe(holds);
});
