import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ERROR_CODES } from '../domain/errors.ts';

it('docs/errors.md has one line for each code and no other', () => {
  const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| `([a-z-]+)` +\|/gm)].map((match) => match[1]);
  expect(documented).toEqual([...ERROR_CODES]);
});
