/** Writes the generated documents, or with --check says which of them are stale. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const DOCUMENTS = [{ file: 'docs/configuration.md', command: ['config', '--docs'] }];

const stale = DOCUMENTS.filter(({ file, command }) => {
  const made = spawnSync(path.join(root, 'bin', 'runnerhub'), command, {
    cwd: root,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`runnerhub ${command.join(' ')} failed: ${made.stderr}`);
  const target = path.join(root, file);
  if (!process.argv.includes('--check')) writeFileSync(target, made.stdout);
  return readFileSync(target, 'utf8') !== made.stdout;
});
if (stale.length > 0) {
  console.error(`stale: ${stale.map(({ file }) => file).join(', ')}. Run: npm run docs:generate`);
  process.exit(1);
}
