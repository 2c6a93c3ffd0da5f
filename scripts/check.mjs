/** Runs every house rule that a machine can check, all of them even when one fails. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const CHECKS = ['format', 'lint', 'types', 'floors', 'dead', 'generated'];

const failed = CHECKS.filter((check) => {
  const started = Date.now();
  const { status } = spawnSync('npm', ['run', '--silent', `check:${check}`], {
    cwd: root,
    stdio: 'inherit',
  });
  console.log(
    `check:${check} ${status === 0 ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
  );
  return status !== 0;
});
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}. \`npm run fix\` mends format and much of lint.`);
  process.exit(1);
}
