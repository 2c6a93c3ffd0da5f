import type { RouteExplanation } from '../domain/routing-explain.ts';

const MARKS = { chosen: '●', fits: '○', later: '◌', refused: '✗' } as const;

/** Where a job would go, for people. */
export function routeText({
  chosen,
  held,
  considered,
  suggestions,
  rule,
}: RouteExplanation): string {
  const width = Math.max(0, ...considered.map(({ pool }) => pool.length));
  const by = rule === null ? '' : ` (rule "${rule}")`;
  const head =
    held !== null ? `held${by}: ${held}` : chosen === null ? 'no pool takes it' : `${chosen}${by}`;
  const pools = considered.map(
    ({ pool, verdict, why }) => `  ${MARKS[verdict]} ${pool.padEnd(width)}  ${why}`,
  );
  const hints = suggestions.map(({ label, instead }) => `  ${label}: did you mean ${instead}?`);
  return `${[head, ...pools, ...hints].join('\n')}\n`;
}
