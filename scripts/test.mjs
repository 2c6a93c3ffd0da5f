/**
 * Sets up what the tests need, runs every ring (or the named ones) and ends with one line:
 * `N passed, N failed`. Further arguments that begin with `-` go to vitest.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const RINGS = ['unit', 'integration', 'corpus', 'scenario'];

/** @param {string[]} command @returns {Promise<number>} */
function run(command) {
  const [file = '', ...rest] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** @param {string} report */
function count(report) {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  // A file that cannot be loaded has no failed test of its own, but it is a failure.
  const broken = testResults.filter(
    (/** @type {any} */ file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length };
}

const args = process.argv.slice(2);
const rings = args.filter((arg) => !arg.startsWith('-'));
const unknown = rings.filter((ring) => !RINGS.includes(ring));
if (unknown.length > 0) {
  console.error(`no such ring: ${unknown.join(', ')}; there are: ${RINGS.join(', ')}`);
  process.exit(2);
}

if ((await run([process.execPath, 'scripts/setup/main.mjs'])) !== 0) process.exit(1);

const folder = mkdtempSync(path.join(os.tmpdir(), 'runnerhub-test-'));
const report = path.join(folder, 'report.json');
const code = await run([
  process.execPath,
  'node_modules/vitest/vitest.mjs',
  'run',
  ...rings.flatMap((ring) => ['--project', ring]),
  ...args.filter((arg) => arg.startsWith('-')),
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
]);
const { passed, failed } = count(report);
rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(code !== 0 || failed > 0 || passed === 0 ? 1 : 0);
