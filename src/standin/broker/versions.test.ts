import { expect, it } from 'vitest';
import { isOlder } from './versions.ts';

it.each([
  ['2.328.0', '2.329.0', true],
  ['2.329.0', '2.329.0', false],
  ['2.329', '2.329.0', false],
  ['2.1000.0', '2.329.0', false],
  ['1.999.9', '2.0', true],
  ['nonsense', '2.0', true],
])('%s is older than %s: %s', (version, than, older) => {
  expect(isOlder(version, than)).toBe(older);
});
