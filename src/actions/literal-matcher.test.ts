import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLiteralMatcher } from './literal-matcher.ts';

/** Which bytes are part of a find. */
function covered(text: Buffer, find: (onMatch: (start: number, end: number) => void) => void) {
  const marks = Buffer.alloc(text.length);
  find((start, end) => {
    expect(end).toBeLessThanOrEqual(text.length);
    marks.fill(1, start, end);
  });
  return marks.toString('hex');
}

function oneByOne(literals: readonly Buffer[], text: Buffer) {
  return covered(text, (onMatch) => {
    for (const literal of literals) {
      for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + 1)) {
        onMatch(at, at + literal.length);
      }
    }
  });
}

/** At an odd place of a larger buffer, as output comes. */
const bytes = (text: string) => Buffer.from(`-${text}-`).subarray(1, -1);

const few = fc.constantFrom('a', 'b');
const many = fc.constantFrom('a', 'b', 'c', 'ü', '€', '\0');

it.each([
  ['short', few, 1, 5],
  ['short and long', few, 1, 18],
  ['long', few, 6, 30],
  ['longer', many, 4, 40],
])('finds all that a search for each literal finds: %s', (_name, unit, minLength, maxLength) => {
  const literal = fc.string({ unit, minLength, maxLength });
  const literals = fc.array(literal, { maxLength: 12 });
  fc.assert(
    fc.property(literals, fc.array(fc.tuple(fc.nat(), fc.string({ unit }))), (words, parts) => {
      const wanted = words.map(bytes);
      // Literals, whole or without their last byte, between other text.
      const text = Buffer.concat(
        parts.flatMap(([n, noise]) => {
          const word = wanted[n % (wanted.length + 1)] ?? Buffer.alloc(0);
          return [bytes(noise), n % 3 === 0 ? word.subarray(0, -1) : word];
        }),
      );
      const matcher = createLiteralMatcher(wanted);
      expect(covered(text, (onMatch) => matcher.scan(text, onMatch))).toBe(oneByOne(wanted, text));
    }),
    { numRuns: 300 },
  );
});
