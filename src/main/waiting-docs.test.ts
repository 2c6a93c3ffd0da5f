import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { WAITING_CODES } from '../domain/waiting-reason.ts';

it('docs/scheduling.md has one line for each reason and no other', () => {
  const text = readFileSync(new URL('../../docs/scheduling.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| `([a-z-]+)` +\|/gm)].map((match) => match[1]);
  expect([...documented].sort()).toEqual([...WAITING_CODES].sort());
});
