/** Writes the generated documents, or with --check says which of them are stale. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compatibilityDocs } from './compatibility.mjs';
import { seccompProfile } from './seccomp-profile.mjs';
import { securityDocs } from './security-docs.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const DOCUMENTS = [
  { file: 'docs/security/containers.md', make: () => securityDocs(root) },
  { file: 'src/adapters/docker/seccomp-strict.json', make: () => seccompProfile(root) },
  { file: 'docs/configuration.md', make: () => said(['config', '--docs']) },
  {
    file: 'docs/compatibility.md',
    make: () => compatibilityDocs(path.join(root, 'test', 'corpus')),
  },
];

/** What the program prints. @param {string[]} command */
function said(command) {
  const made = spawnSync(path.join(root, 'bin', 'runnerhub'), command, {
    cwd: root,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`runnerhub ${command.join(' ')} failed: ${made.stderr}`);
  return made.stdout;
}

const stale = DOCUMENTS.filter(({ file, make }) => {
  const text = make();
  const target = path.join(root, file);
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  return !existsSync(target) || readFileSync(target, 'utf8') !== text;
});
if (stale.length > 0) {
  console.error(`stale: ${stale.map(({ file }) => file).join(', ')}. Run: npm run docs:generate`);
  process.exit(1);
}
