import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Contexts, evaluateExpression, isTruthy, toText, type Value } from './expressions.ts';
import { numberText } from './number-text.ts';

const evaluate = (text: string, contexts: Contexts = {}): Value =>
  evaluateExpression(text, contexts);

/** A text as a literal of an expression. */
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const name = fc.stringMatching(/^[a-z_][a-z0-9_-]{0,6}$/);
const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.string({ unit: 'grapheme' }),
);
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('values of contexts', () => {
  it('come out of an expression as they went in', () => {
    fc.assert(
      fc.property(name, value, (key, given) => {
        const contexts = { matrix: { [key]: given } };
        expect(evaluate(`matrix.${key}`, contexts)).toEqual(given);
        expect(evaluate(`MATRIX[${quoted(key.toUpperCase())}]`, contexts)).toEqual(given);
      }),
    );
  });

  it('differ by case in env only', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,6}$/), fc.string(), (key, given) => {
        fc.pre(given !== '');
        const members = { [key]: 'lower', [key.toUpperCase()]: given };
        expect(evaluate(`env.${key.toUpperCase()}`, { env: members })).toBe(given);
        expect(evaluate(`vars.${key.toUpperCase()}`, { vars: members })).toBe('lower');
      }),
    );
  });

  it('are null where nothing is, however deep', () => {
    fc.assert(
      fc.property(scalar, fc.array(name, { minLength: 1, maxLength: 4 }), (given, path) => {
        expect(evaluate(`inputs.x.${path.join('.')}`, { inputs: { x: given } })).toBeNull();
      }),
    );
  });

  it('survive toJSON and fromJSON', () => {
    fc.assert(
      fc.property(value, (given) => {
        const contexts = { needs: { x: given } };
        expect(evaluate('fromJSON(toJSON(needs.x))', contexts)).toEqual(given);
        expect(evaluate('toJSON(needs.x)', contexts)).toBe(JSON.stringify(given, null, 2));
      }),
    );
  });

  it('stand in a text as format puts them', () => {
    fc.assert(
      fc.property(fc.array(scalar, { minLength: 1, maxLength: 4 }), (given) => {
        const template = given.map((_, n) => `<{${n}}>`).join('');
        const args = given.map((_, n) => `inputs.list[${n}]`).join(', ');
        const text = given.map((each) => `<${each ?? ''}>`).join('');
        expect(evaluate(`format('${template}', ${args})`, { inputs: { list: given } })).toBe(text);
      }),
    );
  });
});

describe('operators', () => {
  it('read any string literal back', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", 'a', '{', '}', '"', '\\') }), (text) => {
        expect(evaluate(quoted(text))).toBe(text);
      }),
    );
  });

  it('give the operand that decides', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        const contexts = { inputs: { a, b } };
        expect(evaluate('inputs.a && inputs.b', contexts)).toEqual(isTruthy(a) ? b : a);
        expect(evaluate('inputs.a || inputs.b', contexts)).toEqual(isTruthy(a) ? a : b);
        expect(evaluate('!inputs.a', contexts)).toBe(!isTruthy(a));
      }),
    );
  });

  it('bind as strongly as they should', () => {
    const truth = fc.boolean();
    fc.assert(
      fc.property(truth, truth, truth, (a, b, c) => {
        const contexts = { inputs: { a, b, c } };
        expect(evaluate('inputs.a || inputs.b && inputs.c', contexts)).toBe(a || (b && c));
        expect(evaluate('!inputs.a == inputs.b', contexts)).toBe(!a === b);
        expect(evaluate('inputs.a == inputs.b && inputs.c', contexts)).toBe(a === b && c);
      }),
    );
  });

  it('compare numbers by size, texts without case', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), name, (a, b, text) => {
        const contexts = { inputs: { a, b, text, upper: text.toUpperCase() } };
        expect(evaluate('inputs.a < inputs.b', contexts)).toBe(a < b);
        expect(evaluate('inputs.a >= inputs.b', contexts)).toBe(a >= b);
        expect(evaluate(`inputs.a == '${a}'`, contexts)).toBe(true);
        expect(evaluate('inputs.text == inputs.upper', contexts)).toBe(true);
      }),
    );
  });
});

describe('numbers as text', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [20, '20'],
    [-9.2, '-9.2'],
    [0.1 + 0.2, '0.3'],
    [1e21, '1E+21'],
    [1e-7, '1E-07'],
    [1.5e-300, '1.5E-300'],
    [0.0001, '0.0001'],
    [-0.00001, '-1E-05'],
    [123456789012345, '123456789012345'],
    [999999999999999.9, '1E+15'],
    [1234567890123456, '1.23456789012346E+15'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('%d is %s', (number, text) => {
    expect(toText(number)).toBe(text);
    expect(
      evaluate("inputs.n == inputs.n && format('{0}', inputs.n) || toJSON(inputs.n)", {
        inputs: { n: number },
      }),
    ).toBe(text);
  });

  it('have 15 digits of any number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = numberText(number);
        expect(Number(text)).toBe(Number(number.toPrecision(15)));
        expect(text).toMatch(/^-?\d+(\.\d*[1-9])?(E[+-]\d{2,3})?$/);
        const size = Math.abs(Number(text));
        expect(text.includes('E')).toBe(size !== 0 && (size >= 1e15 || size < 0.0001));
      }),
    );
  });
});
