import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countLines } from './count-lines.ts';
import { SegmentBuffer, segmentsIn } from './log-segments.ts';
import { StampedBytes } from './stamped-bytes.ts';

const instants = ['2026-06-30T15:40:39.5830000Z', '2026-06-30T15:40:39.5840000Z'] as const;
const line = fc.string({ unit: fc.constantFrom('a', 'ü', '\u0b0a', ' ', '\x1e') });
const part = fc.record({
  instant: fc.constantFrom(...instants),
  kind: fc.constantFrom('lines' as const, 'message' as const),
  lines: fc.array(line, { minLength: 1, maxLength: 60 }),
});
type Part = { instant: string; kind: 'lines' | 'message'; lines: string[] };

/** At an odd place of a larger buffer, as output comes. */
const bytesOf = (lines: readonly string[]) => Buffer.from(`-${lines.join('\n')}`).subarray(1);

function written(parts: readonly Part[]): Buffer {
  const segments = new SegmentBuffer();
  for (const { instant, kind, lines } of parts) segments.append(instant, kind, bytesOf(lines));
  return segments.bytes;
}

function read(bytes: Buffer, torn = false): Buffer {
  const stamped = new StampedBytes();
  for (const segment of segmentsIn(bytes, torn)) stamped.append(segment);
  return stamped.bytes;
}

const expected = (parts: readonly Part[]) =>
  parts
    .flatMap(({ instant, kind, lines }) =>
      (kind === 'message' ? [lines.join('\n')] : lines).map((each) => `${instant} ${each}\n`),
    )
    .join('');

describe('the segments of a log', () => {
  it('give back every line with its instant, whatever the lines hold', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        expect(read(written(parts)).toString()).toBe(expected(parts));
      }),
    );
  });

  it('join lines of one instant', () => {
    const one = { instant: instants[0], kind: 'lines' as const, lines: ['a', 'b'] };
    expect([...segmentsIn(written([one, one, { ...one, kind: 'message' }, one]))]).toHaveLength(3);
  });

  it('are read as far as they are whole, and torn ones as far as they go', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), fc.nat(), (parts, cut) => {
        const all = written(parts);
        const bytes = all.subarray(0, cut % all.length);
        const isBegun = (shown: Buffer) =>
          Buffer.from(expected(parts)).subarray(0, shown.length).equals(shown);
        const torn = read(bytes, true);
        expect(isBegun(read(bytes))).toBe(true);
        expect(isBegun(torn.subarray(0, -1))).toBe(true);
        expect(torn.length).toBeGreaterThanOrEqual(read(bytes).length);
      }),
    );
  });

  it('know how many lines a text has', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        expect(countLines(bytesOf(lines))).toBe(lines.length);
      }),
    );
  });
});
