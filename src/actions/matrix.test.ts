import { describe, expect, it } from 'vitest';
import { expandMatrix } from './matrix.ts';

describe('expandMatrix', () => {
  it('lets the first key change slowest', () => {
    expect(expandMatrix({ os: ['a', 'b'], node: [1, 2] })).toEqual([
      { os: 'a', node: 1 },
      { os: 'a', node: 2 },
      { os: 'b', node: 1 },
      { os: 'b', node: 2 },
    ]);
  });
  it('removes what exclude covers, also by one key', () => {
    expect(expandMatrix({ os: ['a', 'b'], node: [1, 2], exclude: [{ os: 'a' }] })).toHaveLength(2);
  });
  it("extends, overwrites and adds as GitHub's own example does", () => {
    const legs = expandMatrix({
      fruit: ['apple', 'pear'],
      animal: ['cat', 'dog'],
      include: [
        { color: 'green' },
        { color: 'pink', animal: 'cat' },
        { fruit: 'apple', shape: 'circle' },
        { fruit: 'banana' },
        { fruit: 'banana', animal: 'cat' },
      ],
    });
    expect(legs).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
      { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'pear', animal: 'dog', color: 'green' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ]);
  });
  it('takes a matrix of includes only', () => {
    expect(expandMatrix({ include: [{ a: 1 }, { b: 2 }] })).toEqual([{ a: 1 }, { b: 2 }]);
  });
  it('compares nested values', () => {
    expect(expandMatrix({ v: [{ x: [1] }, { x: [2] }], exclude: [{ v: { x: [1] } }] })).toEqual([
      { v: { x: [2] } },
    ]);
  });
  it.each([
    [{ os: [] }, "Matrix vector 'os' does not contain any values"],
    [{ os: 'a' }, "Matrix vector 'os' must be a list"],
    [{ os: ['a'], exclude: [{ os: 'a' }] }, 'does not make any job'],
    [{ n: Array.from({ length: 257 }, (_, n) => n) }, 'at most 256'],
    ['text', 'must be a mapping'],
  ])('refuses %j', (matrix, message) => {
    expect(() => expandMatrix(matrix)).toThrow(message);
  });
});
