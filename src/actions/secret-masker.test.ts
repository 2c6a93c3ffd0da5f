import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader, sealAfter } from '../executor/line-reader.ts';
import { SecretMasker } from './secret-masker.ts';
import { encodingsOf } from './value-encoders.ts';

const maskerOf = (...values: string[]): SecretMasker => {
  const masker = new SecretMasker();
  for (const value of values) masker.addValue(value);
  return masker;
};

/** Secrets that no mark of ours and no surrounding text can imitate. */
const secret = fc.string({ minLength: 4, maxLength: 40, unit: 'grapheme' }).filter((text) => {
  const plain = text.replaceAll('*', '');
  return plain.trim() === text && plain.length >= 4 && !/[\r\n\u2028\u2029]/.test(text);
});

/** The rule of protocol G.11 as plainly as it can be said. */
function maskOneByOne(values: readonly string[], text: string): string {
  const covered = Array.from(text, () => false);
  for (const literal of values.flatMap((value) => [...encodingsOf(value)])) {
    for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + 1)) {
      covered.fill(true, at, at + literal.length);
    }
  }
  const shown = covered.map((hidden, at) => (hidden ? '*' : (text[at] ?? '')));
  return shown.join('').replace(/\*+/g, '***');
}

describe('the secret masker', () => {
  it('merges overlapping and adjacent finds', () => {
    expect(maskerOf('abc', 'bcd').mask('xabcdx')).toBe('x***x');
    expect(maskerOf('abc', 'def').mask('abcdef')).toBe('***');
    expect(maskerOf('aa').mask('aaaa-a')).toBe('***-a');
    expect(maskerOf('a').mask('banana')).toBe('b***n***n***');
  });

  it('is case-sensitive and ignores empty values', () => {
    expect(maskerOf('Secret', '').mask('secret Secret')).toBe('secret ***');
  });

  it('masks each line of a secret, trimmed, and the whole', () => {
    const masker = new SecretMasker();
    masker.addSecret('  one line\r\n  two line  \n');
    expect(masker.mask('one line')).toBe('***');
    expect(masker.mask('(two line)')).toBe('(***)');
  });

  it('knows every encoding', () => {
    const value = 'a"b\'c&d<e>\\f g/ü';
    const masker = maskerOf(value);
    for (const form of encodingsOf(value)) expect(masker.mask(`[${form}]`)).toBe('[***]');
    expect(encodingsOf(value)).toContain('a%22b%27c%26d%3Ce%3E%5Cf%20g%2F%C3%BC');
    expect(encodingsOf(value)).toContain('a&quot;b&apos;c&amp;d&lt;e&gt;\\f g/ü');
    expect(encodingsOf('"quoted value"')).toContain('quoted value');
    expect(encodingsOf('part-one&part-two&part-three')).toContain('part-one&part-two&');
    expect(encodingsOf('part-one&part-two&part-three')).toContain('part-three');
    expect(encodingsOf('secret1&+secret2')).toContain('ecret2');
  });

  it('takes regular expressions, with .NET inline flags', () => {
    const masker = new SecretMasker();
    masker.addRegex('(?i)ghs_[a-z0-9]+');
    expect(masker.mask('x GHS_abc1 y')).toBe('x *** y');
    expect(masker.isClean('nothing')).toBe(true);
    expect(() => masker.addRegex('(')).toThrow(SyntaxError);
  });

  it('masks values that come one by one, however many', () => {
    const masker = new SecretMasker();
    for (let n = 0; n < 120; n++) {
      masker.addValue(`value-${n}-end`);
      expect(masker.mask(`<value-${n}-end>`)).toBe('<***>');
    }
    expect(masker.mask('value-0-end value-119-end')).toBe('*** ***');
  });

  it('lets no secret and none of its encodings survive', () => {
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 5 }),
        fc.array(fc.string(), { maxLength: 6 }),
        (secrets, noise) => {
          const masker = maskerOf(...secrets);
          const forms = secrets.flatMap((value) => [...encodingsOf(value)]);
          const text = forms.map((form, n) => `${noise[n % 6] ?? ''}${form}`).join('');
          const masked = masker.mask(text).replaceAll('***', '\0');
          return forms.every((form) => !masked.includes(form));
        },
      ),
    );
  });

  it('agrees with a search for each literal by itself', () => {
    const small = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(small, { maxLength: 60 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c') }),
        (values, text) => {
          const masker = maskerOf(...values);
          const expected = maskOneByOne(values, text);
          expect(masker.mask(text)).toBe(expected);
          expect(masker.isClean(text)).toBe(expected === text);
        },
      ),
    );
  });

  it('lets no secret survive any chunking of a stream', () => {
    fc.assert(
      fc.property(secret, fc.array(fc.nat({ max: 400 }), { maxLength: 12 }), (value, cuts) => {
        const masker = maskerOf(value);
        const bytes = new TextEncoder().encode(`log ${value} log\r\n${value}\rend ${value}`);
        const reader = new LineReader(sealAfter((text) => masker.mask(text)));
        const borders = [
          0,
          ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b),
          bytes.length,
        ];
        const maskBlock = (block: Buffer | null) =>
          block === null ? [] : [masker.maskLines(block).toString()];
        const seen = borders.flatMap((border, n) =>
          maskBlock(reader.push(bytes.subarray(border, borders[n + 1]))),
        );
        const masked = [...seen, ...maskBlock(reader.end())].join('\n');
        expect(masked).toBe('log *** log\n***\nend ***');
      }),
    );
  });
});

describe('a block of lines', () => {
  const word = fc.constantFrom('a', 'b', 'ab', 'ü', '€', '\u00a0', ' ', 'ghs_x1', '=');
  const line = fc.array(word, { maxLength: 8 }).map((words) => words.join(''));
  const value = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(''));
  const pattern = fc.constantFrom(
    'ghs_[a-z0-9]+',
    '^a',
    'b$',
    '\\S{3}',
    'a(?!b)',
    '[^a]+ü',
    '(?i)AB',
  );

  it('is masked as each of its lines would be', () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        fc.array(value, { maxLength: 5 }),
        fc.array(pattern, { maxLength: 2 }),
        (lines, values, patterns) => {
          const masker = maskerOf(...values);
          for (const each of patterns) masker.addRegex(each);
          const masked = masker.maskLines(Buffer.from(lines.join('\n'))).toString();
          expect(masked.split('\n')).toEqual(lines.map((each) => masker.mask(each)));
        },
      ),
    );
  });

  it('shows no line of a secret that has many, in any encoding', () => {
    fc.assert(
      fc.property(fc.array(secret, { minLength: 2, maxLength: 4 }), (lines) => {
        const masker = new SecretMasker();
        masker.addSecret(lines.join('\r\n'));
        const forms = lines.flatMap((each) => [...encodingsOf(each)]);
        const block = Buffer.from(forms.map((form) => `> ${form} <`).join('\n'));
        const shown = masker.maskLines(block).toString().replaceAll('***', '\0');
        expect(forms.filter((form) => shown.includes(form))).toEqual([]);
      }),
    );
  });
});
