import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addPathEntries, parsePairs, parsePathEntries, summaryTooLarge } from './file-commands.ts';

describe('file commands', () => {
  it.each([
    [
      'a=1\nb=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a= x = y \r\n\r\nb=',
      [
        ['a', ' x = y '],
        ['b', ''],
      ],
    ],
    ['A=b<<c\n', [['A', 'b<<c']]],
    ['=v\n', [['', 'v']]],
    [
      'a<<EOF\nx\ny\nEOF\nb=1\n',
      [
        ['a', 'x\ny'],
        ['b', '1'],
      ],
    ],
    ['a<<EOF\r\nx\r\n\r\ny\r\nEOF\r\n', [['a', 'x\r\n\r\ny']]],
    ['a<<EOF\nEOF\n', [['a', '']]],
    ['a<<E=F\nx=1\nE=F', [['a', 'x=1']]],
    ['\uFEFFa=1', [['a', '1']]],
  ])('reads %j', (text, pairs) => {
    expect(parsePairs(text)).toEqual({ pairs });
  });

  it.each([
    ['nothing', "Invalid format 'nothing'"],
    [
      '<<EOF\nx\nEOF',
      "Invalid format '<<EOF'. Name must not be empty and delimiter must not be empty",
    ],
    ['a<<\nx', "Invalid format 'a<<'. Name must not be empty and delimiter must not be empty"],
    ['a<<EOF\nx\n', "Invalid value. Matching delimiter not found 'EOF'"],
    ['a<<EOF\nx', 'Invalid value. EOF marker missing new line.'],
  ])('refuses %j', (text, error) => {
    expect(parsePairs(`ok=1\n${text}`)).toEqual({ pairs: [['ok', '1']], error });
  });

  it('gives back what a program wrote with a delimiter of its own', () => {
    const name = fc
      .string({ minLength: 1 })
      .filter((text) => !/[=\r\n]|<</.test(text) && !text.endsWith('<'));
    fc.assert(
      fc.property(
        name,
        fc.string({ unit: fc.constantFrom('a', '\n', '\r', '=', '<<', ' ') }),
        (key, value) => {
          fc.pre(!value.endsWith('\r') && !key.startsWith('\uFEFF'));
          expect(parsePairs(`${key}<<ghadelimiter\n${value}\nghadelimiter\n`)).toEqual({
            pairs: [[key, value]],
          });
        },
      ),
    );
  });

  it('puts later path entries behind, once each', () => {
    expect(parsePathEntries('/a\r\n\n/b\n')).toEqual(['/a', '/b']);
    expect(addPathEntries(['/a', '/b'], ['/c', '/a'])).toEqual(['/b', '/c', '/a']);
  });

  it('names the size of a summary in whole kilobytes', () => {
    expect(summaryTooLarge(1_100_000)).toContain('up to a size of 1024k, got 1074k');
  });
});
