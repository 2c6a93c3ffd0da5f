import type { Request, Response } from 'express';
import { query } from './request.ts';

const DEFAULT_SIZE = 30;
const MAX_SIZE = 100;

const positive = (text: string | undefined, fallback: number): number => {
  const value = Number(text ?? fallback);
  return Number.isInteger(value) && value > 0 ? value : fallback;
};

/** The page of a list that the request asks for; sets the Link header. */
export function paginate<Item>(
  request: Request,
  response: Response,
  items: readonly Item[],
  base: string,
): readonly Item[] {
  const size = Math.min(positive(query(request, 'per_page'), DEFAULT_SIZE), MAX_SIZE);
  const page = positive(query(request, 'page'), 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (rel: string, number: number) => {
    const url = new URL(request.originalUrl, base);
    url.searchParams.set('page', String(number));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link('prev', Math.min(page - 1, last)), link('first', 1)] : []),
    ...(page < last ? [link('next', page + 1), link('last', last)] : []),
  ];
  if (links.length > 0) response.setHeader('Link', links.join(', '));
  return items.slice((page - 1) * size, page * size);
}
