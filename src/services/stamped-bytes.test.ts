import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StampedBytes } from './stamped-bytes.ts';

const stamp = Buffer.from('2026-06-30T15:40:39.5830000Z ');

it('puts a stamp before each line of a block and before a message, wherever blocks begin', () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'ü', '\u0b0a', ' ') });
  const block = fc.array(line, { minLength: 1, maxLength: 400 });
  fc.assert(
    fc.property(fc.array(fc.tuple(block, fc.boolean()), { maxLength: 20 }), (blocks) => {
      const bytes = new StampedBytes();
      let expected = '';
      for (const [lines, isMessage] of blocks) {
        const text = Buffer.from(`-${lines.join('\n')}`).subarray(1);
        if (isMessage) bytes.appendMessage(stamp, text);
        else expect(bytes.appendLines(stamp, text)).toBe(lines.length);
        expected += isMessage
          ? `${stamp}${lines.join('\n')}\n`
          : lines.map((each) => `${stamp}${each}\n`).join('');
      }
      expect(bytes.bytes.toString()).toBe(expected);
      expect(bytes.length).toBe(Buffer.byteLength(expected));
      bytes.clear();
      expect(bytes.length).toBe(0);
    }),
  );
});
