import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextRepositories } from './sync-rotation.ts';

describe('which repositories a turn looks at', () => {
  it('takes active ones first and goes round the others', () => {
    const all = ['o/a', 'o/b', 'o/c', 'o/d'];
    const first = nextRepositories({ active: ['O/D'], all, position: 0, most: 3 });
    expect(first).toEqual({ names: ['O/D', 'o/a', 'o/b'], position: 2 });
    const second = nextRepositories({ active: ['O/D'], all, position: 2, most: 3 });
    expect(second.names).toEqual(['O/D', 'o/c', 'o/a']);
  });

  it('reaches every repository, however many are active', () => {
    const names = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 20 }), (numbers, most) => {
        const all = numbers.map((each) => `o/${each}`);
        const seen = new Set<string>();
        let position = 0;
        for (let turn = 0; turn < all.length * 5; turn += 1) {
          const next = nextRepositories({ active: all.slice(0, 10), all, position, most });
          expect(next.names.length).toBeLessThanOrEqual(Math.max(1, most));
          for (const name of next.names) seen.add(name);
          position = next.position;
        }
        expect(seen.size).toBe(all.length);
      }),
    );
  });
});
