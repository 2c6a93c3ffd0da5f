import type { Request } from 'express';
import { query } from './request.ts';

const DEFAULT_SIZE = 30;
const MAX_SIZE = 100;

const positive = (text: string | undefined, fallback: number): number => {
  const value = Number(text ?? fallback);
  return Number.isInteger(value) && value > 0 ? value : fallback;
};

export const pageSize = (request: Request): number =>
  Math.min(positive(query(request, 'per_page'), DEFAULT_SIZE), MAX_SIZE);

/** A `Link` header of the same request with other query parameters; none without links. */
export function linkHeader(
  request: Request,
  base: string,
  links: readonly (readonly [rel: string, changes: Readonly<Record<string, string>>])[],
): Record<string, string> {
  if (links.length === 0) return {};
  const written = links.map(([rel, changes]) => {
    const url = new URL(request.originalUrl, base);
    for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
    return `<${url.href}>; rel="${rel}"`;
  });
  return { Link: written.join(', ') };
}

/** The page of a list that the request asks for, with its Link header. */
export function pageOf<Item>(
  request: Request,
  items: readonly Item[],
  base: string,
): { readonly page: readonly Item[]; readonly headers: Readonly<Record<string, string>> } {
  const size = pageSize(request);
  const page = positive(query(request, 'page'), 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (rel: string, number: number) => [rel, { page: String(number) }] as const;
  const links = [
    ...(page > 1 ? [link('prev', Math.min(page - 1, last))] : []),
    ...(page < last ? [link('next', page + 1), link('last', last)] : []),
    ...(page > 1 ? [link('first', 1)] : []),
  ];
  return {
    page: items.slice((page - 1) * size, page * size),
    headers: linkHeader(request, base, links),
  };
}
