import { InvalidArgumentError } from 'commander';

/** How the time of a stand-in passes. */
export type ClockOption =
  | { readonly kind: 'real' }
  | { readonly kind: 'manual'; readonly at?: number | undefined }
  | { readonly kind: 'accelerated'; readonly factor: number };

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;
const MAX_FACTOR = 100_000;

/** Reads `real`, `manual`, `manual@2026-03-01T12:00:00Z` or `x60`. */
export function readClockOption(text: string): ClockOption {
  if (text === 'real') return { kind: 'real' };
  if (text === 'manual') return { kind: 'manual' };
  const instant = /^manual@(.*)$/.exec(text)?.[1];
  if (instant !== undefined) return { kind: 'manual', at: readInstant(instant) };
  const factor = Number(/^x(\d+(?:\.\d+)?)$/.exec(text)?.[1] ?? Number.NaN);
  if (factor > 0 && factor <= MAX_FACTOR) return { kind: 'accelerated', factor };
  throw new InvalidArgumentError(
    `It must be real, manual, manual@2026-03-01T12:00:00Z, or x and how many times as fast, like x60 (at most x${MAX_FACTOR}).`,
  );
}

function readInstant(text: string): number {
  const at = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new InvalidArgumentError(`'${text}' is no instant like 2026-03-01T12:00:00Z.`);
}
