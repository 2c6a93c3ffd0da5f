import type { Operation } from './operation.ts';

/** Parameters that may hold slashes: names of branches and files. */
const LONG = ['ref', 'path', 'branch', 'basehead'];

/** A path of GitHub's description as the router writes it. */
export const expressPath = (path: string): string =>
  path.replace(/\{(\w+)\}/g, (_whole, name: string) =>
    LONG.includes(name) ? `*${name}` : `:${name}`,
  );

const weight = (segment: string): string => {
  if (!segment.startsWith('{')) return '0';
  return LONG.includes(segment.slice(1, -1)) ? '2' : '1';
};

/** Segment by segment: what is written out comes before a parameter, and long ones come last. */
const rank = ({ path }: Operation): string =>
  path
    .split('/')
    .map((segment) => weight(segment))
    .join('');

/** Operations so that the first that fits a request is the one it means. */
export const inRoutingOrder = (operations: readonly Operation[]): readonly Operation[] =>
  operations.toSorted((a, b) => {
    const [one, other] = [rank(a), rank(b)];
    if (one === other) return 0;
    if (one.startsWith(other)) return -1;
    if (other.startsWith(one)) return 1;
    return one < other ? -1 : 1;
  });
