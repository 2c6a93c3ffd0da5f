import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A file below `src/` of the clone that this program runs from, be it as sources or as the bundle in
 * `dist/`. Programs that run in containers are sent there as their sources.
 */
export function ownSource(name: string): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`the sources of RunnerHub are not there: ${name}`);
    folder = parent;
  }
  return readFileSync(path.join(folder, 'src', name), 'utf8');
}
