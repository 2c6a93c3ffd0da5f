import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArchiveMember, ArchiveRules, type Placement } from './archive-rules.ts';

const placeAll = (members: readonly ArchiveMember[]): Placement[] => {
  const rules = new ArchiveRules();
  return members.map((member) => rules.place(member));
};
const file = (name: string): ArchiveMember => ({ name, kind: 'file' });
const link = (name: string, target: string): ArchiveMember => ({ name, kind: 'symlink', target });
const last = (...members: ArchiveMember[]): Placement | undefined => placeAll(members).at(-1);
const REFUSED = { refused: expect.any(String) };

describe('the members of an archive', () => {
  it('lose the folder at the top', () => {
    expect(
      placeAll([
        { name: 'repo-1a2b/', kind: 'directory' },
        file('repo-1a2b/action.yml'),
        file('./repo-1a2b//dist/./index.js'),
        link('repo-1a2b/dist/again/start', '../../action.yml'),
        { name: 'repo-1a2b/same', kind: 'hardlink', target: 'repo-1a2b/action.yml' },
      ]),
    ).toEqual([
      { put: null },
      { put: 'action.yml' },
      { put: 'dist/index.js' },
      { put: 'dist/again/start', target: '../../action.yml' },
      { put: 'same', target: 'action.yml' },
    ]);
  });

  it.each([
    ['an absolute path', [file('/etc/passwd')]],
    ['a path that climbs', [file('top/../../x')]],
    ['two folders at the top', [file('top/a'), file('other/b')]],
    ['a file at the top', [file('action.yml')]],
    ['an absolute link', [link('top/a', '/etc')]],
    ['a link that climbs too far', [link('top/dir/a', '../../x')]],
    ['a link that climbs after a name', [link('top/dir/b', 'a/../x')]],
    ['an empty link', [link('top/a', '')]],
    ['a file below a link', [link('top/a', '.'), file('top/a/x')]],
    ['a file in place of a link', [link('top/a', 'b'), file('top/a')]],
    ['a link in place of a folder', [file('top/a/x'), link('top/a', '.')]],
    ['a hard link to the outside', [{ name: 'top/a', kind: 'hardlink', target: '/etc/shadow' }]],
    [
      'a hard link to a link',
      [link('top/a', 'b'), { name: 'top/c', kind: 'hardlink', target: 'top/a' }],
    ],
  ] as const)('are refused: %s', (_what, members) => {
    expect(last(...members)).toEqual(REFUSED);
  });

  it('never leave the folder, in whatever order they come', () => {
    const part = fc.constantFrom('a', 'b', 'c', '..', '.', '');
    const path = fc.array(part, { maxLength: 5 }).map((parts) => parts.join('/'));
    const name = fc.oneof(
      { weight: 9, arbitrary: path.map((text) => `top/${text}`) },
      { weight: 1, arbitrary: path },
    );
    const member: fc.Arbitrary<ArchiveMember> = fc.record({
      name,
      kind: fc.constantFrom('file', 'directory', 'symlink', 'hardlink'),
      target: fc.oneof(path, name),
    });
    fc.assert(
      fc.property(fc.array(member, { maxLength: 12 }), (members) => {
        const disk = new Disk();
        for (const [at, placed] of placeAll(members).entries()) {
          if ('put' in placed && placed.put !== null) disk.write(placed, members[at]?.kind);
        }
        disk.followEveryLink();
      }),
      { numRuns: 5_000 },
    );
  });
});

/** A file tree that follows links as a kernel does, and throws where a step leaves its root. */
class Disk {
  readonly #links = new Map<string, string>();
  #followed = 0;

  write(placed: { readonly put: string | null; readonly target?: string }, kind?: string): void {
    const path = placed.put ?? '';
    const folder = path.split('/').slice(0, -1);
    expect(this.#start([], folder)).toEqual(folder);
    if (kind === 'symlink') this.#links.set(path, placed.target ?? '');
    if (kind === 'hardlink') {
      const target = (placed.target ?? '').split('/');
      expect(this.#start([], target)).toEqual(target);
    }
  }

  followEveryLink(): void {
    for (const [path, target] of this.#links) {
      expect(target.startsWith('/')).toBe(false);
      this.#start(path.split('/').slice(0, -1), target.split('/'));
    }
  }

  #start(from: readonly string[], steps: readonly string[]): string[] {
    this.#followed = 0;
    return this.#walk(from, steps);
  }

  #walk(from: readonly string[], steps: readonly string[]): string[] {
    let here = [...from];
    for (const step of steps) {
      if (step === '' || step === '.') continue;
      if (step === '..') {
        if (here.length === 0) throw new Error('left the folder');
        here = here.slice(0, -1);
        continue;
      }
      const next = [...here, step];
      const target = this.#links.get(next.join('/'));
      if (target === undefined) here = next;
      // As a kernel: too many links are an error, so they lead nowhere.
      else if (++this.#followed > 40) return here;
      else here = this.#walk(here, target.split('/'));
    }
    return here;
  }
}
