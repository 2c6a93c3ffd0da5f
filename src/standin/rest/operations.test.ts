import { expect, it } from 'vitest';
import { apiDocument } from './api-document.ts';
import { inRoutingOrder } from './express-path.ts';
import type { Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';

it('is documented', async () => {
  await expect(apiDocument(OPERATIONS)).toMatchFileSnapshot('../../../docs/standin-api.md');
});

it('names every operation once', () => {
  expect(new Set(OPERATIONS.map(({ id }) => id)).size).toBe(OPERATIONS.length);
  expect(new Set(OPERATIONS.map(({ method, path }) => `${method} ${path}`)).size).toBe(
    OPERATIONS.length,
  );
});

it('asks for what is written out before what is a parameter, and for long ones last', () => {
  const of = (path: string): Operation => ({
    ...{ id: path, method: 'GET', path, access: 'anyone' },
    answer: () => ({ status: 200 }),
  });
  const paths = ['/a/{ref}', '/a/{id}', '/a/{ref}/status', '/a/b', '/a'];
  expect(inRoutingOrder(paths.map(of)).map(({ path }) => path)).toEqual([
    '/a/b',
    '/a/{id}',
    '/a/{ref}/status',
    '/a/{ref}',
    '/a',
  ]);
});
