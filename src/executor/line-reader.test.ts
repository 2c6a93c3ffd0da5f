import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader, sealAfter } from './line-reader.ts';

const seal = (kept: string, dropped: number) => `${kept}+${dropped}`;

function linesOf(chunks: readonly Uint8Array[], max?: number): string[] {
  const reader = new LineReader(seal, max);
  // A block holds until the next call, and chunks are used again by whoever reads them.
  const blocks = chunks.map((chunk) => {
    const own = Uint8Array.from(chunk);
    const block = reader.push(own)?.toString();
    own.fill(0);
    return block;
  });
  return [...blocks, reader.end()?.toString()].flatMap((block) => block?.split('\n') ?? []);
}
const bytes = (text: string) => new TextEncoder().encode(text);

describe('the line reader', () => {
  it('ends lines at LF, CRLF and lone CR, at once', () => {
    expect(linesOf([bytes('a\nb\r\nc\rd\n\ne')])).toEqual(['a', 'b', 'c', 'd', '', 'e']);
    const reader = new LineReader(seal);
    expect(reader.push(bytes('50%\r'))?.toString()).toBe('50%');
    expect(reader.push(bytes('\n100%\r'))?.toString()).toBe('100%');
    expect(reader.push(bytes('\r'))?.toString()).toBe('');
    expect(reader.push(bytes('x'))).toBeNull();
    expect(reader.push(bytes('y\r\n\r\nz\n'))?.toString()).toBe('xy\n\nz');
    expect(reader.end()).toBeNull();
  });

  it('gives the same lines for every chunking', () => {
    const piece = fc.constantFrom('a', 'ü', '😀', '\r', '\n', '\r\n', 'xyz');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat()), (parts, cuts) => {
        const all = bytes(parts.join(''));
        const borders = [
          0,
          ...cuts.map((n) => n % (all.length + 1)).sort((a, b) => a - b),
          all.length,
        ];
        const chunks = borders.map((border, n) => all.subarray(border, borders[n + 1]));
        const expected = parts.join('').split(/\r\n|\n|\r/);
        if (expected.at(-1) === '') expected.pop();
        expect(linesOf(chunks)).toEqual(expected);
      }),
    );
  });

  it('never throws and never keeps more than its limit', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (chunks) => {
        for (const line of linesOf(chunks, 16)) expect(line.length).toBeLessThanOrEqual(24);
      }),
    );
  });

  it('cuts a long line and counts what it dropped', () => {
    expect(linesOf([bytes('0123456789\nok')], 4)).toEqual(['0123+6', 'ok']);
    expect(linesOf([bytes('01234'), bytes('56789'), bytes('\nok\n')], 4)).toEqual(['0123+6', 'ok']);
  });

  it('masks before it cuts, and drops the part where a secret may have been cut', () => {
    const masked = sealAfter((text) => text.replaceAll('secret', '***'))(
      `secret${'x'.repeat(70_000)}secr`,
      10,
    );
    expect(masked.startsWith('***xxx')).toBe(true);
    expect(masked).not.toContain('secr');
  });
});
