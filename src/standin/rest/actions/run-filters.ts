import type { Request } from 'express';
import { query } from '../../http/request.ts';
import type { Run } from '../../state/model.ts';

/** Whether a run passes the filters of a list; `status` names a status or a conclusion. */
export function matches(run: Run, request: Request): boolean {
  const status = query(request, 'status');
  const created = query(request, 'created');
  const wanted: readonly (readonly [string | undefined, string])[] = [
    [query(request, 'event'), run.event],
    [query(request, 'branch'), run.headRef],
    [query(request, 'head_sha'), run.headSha],
    [query(request, 'actor'), run.actor],
    [query(request, 'check_suite_id'), String(run.id)],
  ];
  return (
    wanted.every(([filter, value]) => filter === undefined || filter === value) &&
    (status === undefined || status === run.status || status === run.conclusion) &&
    (created === undefined || isCreatedIn(run.createdAt, created))
  );
}

const RANGE = /^(?<from>[^.*]+|\*)\.\.(?<to>[^*]+|\*)$/;

/** GitHub's search syntax for dates: `2024-01-31`, `>=2024-01-31T10:00:00Z`, `a..b`, `*..b`. */
export function isCreatedIn(at: number, text: string): boolean {
  const range = RANGE.exec(text)?.groups;
  if (range !== undefined) {
    const { from = '*', to = '*' } = range;
    return (from === '*' || at >= startOf(from)) && (to === '*' || at <= endOf(to));
  }
  const [, operator = '', date = ''] = /^(>=|<=|>|<)?(.*)$/.exec(text) ?? [];
  if (operator === '>') return at > endOf(date);
  if (operator === '>=') return at >= startOf(date);
  if (operator === '<') return at < startOf(date);
  if (operator === '<=') return at <= endOf(date);
  return at >= startOf(date) && at <= endOf(date);
}

const DAY_MS = 86_400_000;

const startOf = (date: string): number => Date.parse(date);

/** The end of a day, or the end of a second. */
const endOf = (date: string): number =>
  startOf(date) + (/^\d{4}-\d{2}-\d{2}$/.test(date) ? DAY_MS : 1000) - 1;
