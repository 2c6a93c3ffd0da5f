/** Bundles the benchmarks beside the program and runs them; the arguments go to `bench/main.ts`. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { bundle, projectRoot } from './build.mjs';
import { ensureDependencies, hasDependencies } from './setup/dependencies.mjs';

if (!hasDependencies(projectRoot)) await ensureDependencies(projectRoot);
const outfile = path.join(projectRoot, 'dist', 'bench.js');
await bundle(path.join(projectRoot, 'bench', 'main.ts'), outfile);
const child = spawn(process.execPath, [outfile, ...process.argv.slice(2)], {
  cwd: projectRoot,
  stdio: 'inherit',
});
/** @type {NodeJS.Signals[]} */
const signals = ['SIGINT', 'SIGTERM'];
// The child hears of Ctrl-C itself and cleans up; this process waits for it.
for (const signal of signals) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
