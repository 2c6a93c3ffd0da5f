import { createReadStream, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';

/** The node programs of one processor type, as npm packages brought them to this machine. */
export interface Runtimes {
  /** Names their content: the same version, the same bytes. */
  readonly version: string;
  /** A tar with `node20/bin/node` and `node24/bin/node`. */
  readonly archive: () => Readable;
}

/** Major versions that actions name (protocol F.3). */
const NAMES = ['node20', 'node24'] as const;

/** Processor types by the name that an image has for them. */
const ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'x64', arm64: 'arm64' };

/** Looks in a `node_modules` folder; null where the programs for this processor are not installed. */
export function findRuntimes(folder: string, imageArchitecture: string): Runtimes | null {
  const arch = ARCHITECTURES[imageArchitecture];
  if (arch === undefined) return null;
  const found = NAMES.map((name) => {
    const home = path.join(folder, `${name}-linux-${arch}`);
    return { name, home, version: versionOf(home) };
  });
  if (found.some(({ version }) => version === null)) return null;
  return {
    version: [arch, ...found.map(({ version }) => version)].join('-'),
    archive: () => packPrograms(found),
  };
}

function versionOf(home: string): string | null {
  try {
    const { version } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'));
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}

function packPrograms(programs: readonly { name: string; home: string }[]): Readable {
  const archive = pack();
  const packAll = async (): Promise<void> => {
    for (const { name, home } of programs) {
      for (const [file, mode] of [['LICENSE', 0o644] as const, ['bin/node', 0o755] as const]) {
        const source = path.join(home, file);
        const { size } = statSync(source);
        await pipeline(
          createReadStream(source),
          archive.entry({ name: `${name}/${file}`, size, mode }),
        );
      }
    }
    archive.finalize();
  };
  packAll().catch((error: Error) => archive.destroy(error));
  return Readable.from(archive);
}
