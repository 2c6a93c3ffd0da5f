/** A member of an action's archive, as its tar names it. */
export interface ArchiveMember {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink';
  /** Of a link. */
  readonly target?: string;
}

/** Where a member goes below the folder that the archive is unpacked to. */
export type Placement =
  | { readonly put: string; readonly target?: string }
  /** The archive's own top folder, which is not unpacked. */
  | { readonly put: null }
  | { readonly refused: string };

/**
 * Decides about the members of one archive, in their order. Archives of repositories have one folder
 * at the top (protocol F.2), which is left out.
 *
 * What it lets through stays below its folder, for these reasons together: a name has no `..`;
 * nothing is put below a link, so every member lies in real folders; the `..` of a symbolic link are
 * all at its start and not more than there are folders above it, so it only climbs real folders, and
 * from there goes down.
 */
export class ArchiveRules {
  readonly #kinds = new Map<string, ArchiveMember['kind']>();
  #top: string | undefined;

  place(member: ArchiveMember): Placement {
    const steps = stepsOf(member.name);
    if (steps === null) return { refused: 'a path that leaves its folder' };
    const [top, ...rest] = steps;
    if (top === undefined) return { put: null };
    this.#top ??= top;
    if (top !== this.#top) return { refused: 'more than one folder at its top' };
    if (rest.length > 0) return this.#placeBelow(rest, member);
    return member.kind === 'directory' ? { put: null } : { refused: 'no folder at its top' };
  }

  #placeBelow(steps: readonly string[], { kind, target = '' }: ArchiveMember): Placement {
    if (!this.#makeParents(steps)) return { refused: 'a member below a file or link' };
    const put = steps.join('/');
    const there = this.#kinds.get(put);
    if (there !== undefined && (there !== 'directory' || kind !== 'directory')) {
      return { refused: 'two members of one name' };
    }
    this.#kinds.set(put, kind);
    if (kind === 'symlink') {
      return staysInside(target, steps.length - 1)
        ? { put, target }
        : { refused: 'a symbolic link that may leave its folder' };
    }
    if (kind !== 'hardlink') return { put };
    const file = this.#fileOf(target);
    return file === null ? { refused: 'a link to no file of its own' } : { put, target: file };
  }

  #makeParents(steps: readonly string[]): boolean {
    for (let depth = 1; depth < steps.length; depth += 1) {
      const parent = steps.slice(0, depth).join('/');
      if ((this.#kinds.get(parent) ?? 'directory') !== 'directory') return false;
      this.#kinds.set(parent, 'directory');
    }
    return true;
  }

  /** Hard links name their file from the top of the archive. */
  #fileOf(target: string): string | null {
    const [top, ...rest] = stepsOf(target) ?? [];
    const file = rest.join('/');
    return top === this.#top && this.#kinds.get(file) === 'file' ? file : null;
  }
}

const partsOf = (path: string): string[] =>
  path.split('/').filter((part) => part !== '' && part !== '.');

const isPlain = (path: string): boolean => !path.startsWith('/') && !path.includes('\0');

function stepsOf(path: string): string[] | null {
  const parts = partsOf(path);
  return isPlain(path) && !parts.includes('..') ? parts : null;
}

function staysInside(target: string, depth: number): boolean {
  const parts = partsOf(target);
  const down = parts.findIndex((part) => part !== '..');
  const up = down < 0 ? parts.length : down;
  return isPlain(target) && target !== '' && up <= depth && !parts.slice(up).includes('..');
}
