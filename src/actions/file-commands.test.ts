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

  const line = fc.string({ unit: fc.constantFrom('a', 'ü', ' ', '=', '<', '"', '\\', '#') });
  const simpleName = line.filter((text) => !text.includes('=') && !text.includes('<<'));
  const pair = fc.oneof(
    fc.record({ name: simpleName.filter((text) => !text.endsWith('<')), value: line }),
    fc.record({
      name: simpleName.filter((text) => text !== '' && !text.endsWith('<')),
      delimiter: line.filter((text) => text !== '' && !text.startsWith('<')),
      lines: fc.array(line, { maxLength: 4 }),
    }),
  );
  type Pair = typeof pair extends fc.Arbitrary<infer T> ? T : never;
  const written = (each: Pair, eol: string): string =>
    'value' in each
      ? `${each.name}=${each.value}${eol}`
      : [`${each.name}<<${each.delimiter}`, ...each.lines, each.delimiter, ''].join(eol);
  const meant = (each: Pair, eol: string) => [
    each.name,
    'value' in each ? each.value : each.lines.join(eol),
  ];
  const isSound = (each: Pair) => 'value' in each || !each.lines.includes(each.delimiter);
  const pairs = fc.array(pair.filter(isSound), { maxLength: 6 });
  const eols = fc.constantFrom('\n', '\r\n', '\r');

  it('reads all pairs of a file, in either form and with any line end', () => {
    fc.assert(
      fc.property(pairs, eols, (all, eol) => {
        const text = all.map((each) => written(each, eol)).join(eol);
        expect(parsePairs(text)).toEqual({ pairs: all.map((each) => meant(each, eol)) });
      }),
    );
  });

  it('keeps what comes before a mistake, and says what is wrong', () => {
    const noPair = line.filter((text) => text !== '' && !/=|<</.test(text));
    fc.assert(
      fc.property(pairs, eols, noPair, line, (all, eol, bad, rest) => {
        const before = all.map((each) => written(each, eol)).join('');
        const kept = all.map((each) => meant(each, eol));
        const error = `Invalid format '${bad}'`;
        expect(parsePairs(`${before}${bad}${eol}${rest}`)).toEqual({ pairs: kept, error });
        const open = parsePairs(`${before}n<<END${eol}${rest}x${eol}`);
        expect(open).toEqual({
          pairs: kept,
          error: "Invalid value. Matching delimiter not found 'END'",
        });
      }),
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
