import { Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract, type Pack, pack } from 'tar-stream';
import { type ArchiveMember, ArchiveRules } from '../../actions/archive-rules.ts';
import { AppError, isAppError, messageOf } from '../../domain/errors.ts';

export interface ArchiveLimits {
  /** Of the unpacked archive. */
  readonly maxBytes: number;
  readonly maxMembers: number;
}

const KINDS: Readonly<Record<string, ArchiveMember['kind']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
};

type Entry = Extract extends AsyncIterable<infer Each> ? Each : never;

const unusable = (why: string): AppError => new AppError('action-unusable', why);

/**
 * Turns the archive of a repository into an uncompressed tar of what is in its top folder. Owners,
 * times and all permissions but "may be executed" are left out. Throws `action-unusable` for an
 * archive that is broken, too large or refused by `ArchiveRules`; errors of `source` and `target`
 * come as they are.
 */
export async function rewriteArchive(
  source: Readable,
  target: Writable,
  limits: ArchiveLimits,
): Promise<void> {
  const members = extract();
  const packed = pack();
  const { maxBytes } = limits;
  const results = await Promise.allSettled([
    copyMembers(members, packed, limits).catch((error: unknown) => {
      const cause = error instanceof Error ? error : new Error(messageOf(error));
      members.destroy(cause);
      packed.destroy(cause);
      throw cause;
    }),
    pipeline(source, atMost(maxBytes), createGunzip(), atMost(maxBytes), members),
    pipeline(Readable.from(packed), target),
  ]);
  if (source.errored !== null && !isAppError(source.errored)) throw source.errored;
  const errors = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  if (errors.length === 0) return;
  const known = errors.find((error) => isAppError(error));
  if (known !== undefined) throw known;
  const ofDisk = errors.find((error) => error instanceof Error && 'syscall' in error);
  if (ofDisk !== undefined) throw ofDisk;
  throw unusable(`is broken (${messageOf(errors[0])})`);
}

async function copyMembers(
  members: AsyncIterable<Entry>,
  packed: Pack,
  { maxMembers }: ArchiveLimits,
): Promise<void> {
  const rules = new ArchiveRules();
  let count = 0;
  for await (const entry of members) {
    count += 1;
    if (count > maxMembers) throw unusable(`has more than ${maxMembers} members`);
    await copyMember(entry, packed, rules);
  }
  if (count === 0) throw unusable('is empty');
  packed.finalize();
}

async function copyMember(entry: Entry, packed: Pack, rules: ArchiveRules): Promise<void> {
  const { name, type, mode, size, linkname } = entry.header;
  const kind = KINDS[type];
  if (kind === undefined) throw unusable(`has a member that is no file, folder or link: ${name}`);
  const placed = rules.place({ name, kind, ...(linkname ? { target: linkname } : {}) });
  if ('refused' in placed) throw unusable(`has ${placed.refused}: ${name}`);
  if (kind !== 'file' || placed.put === null) {
    entry.resume();
    if (placed.put === null) return;
    const type = kind === 'hardlink' ? 'link' : kind;
    const linked = placed.target === undefined ? {} : { linkname: placed.target };
    packed.entry({ name: placed.put, type, mode: 0o755, ...linked });
    return;
  }
  const executable = (mode & 0o111) !== 0;
  await pipeline(entry, packed.entry({ name: placed.put, size, mode: executable ? 0o755 : 0o644 }));
}

function atMost(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= maxBytes) done(null, chunk);
      else done(unusable(`is larger than ${Math.floor(maxBytes / 1024 / 1024)} MiB`));
    },
  });
}
