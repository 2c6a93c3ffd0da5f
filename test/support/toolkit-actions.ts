import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { ensureFolder } from '../../scripts/setup/dependencies.mjs';
import { createProgress } from '../../scripts/setup/progress.mjs';
import { projectRoot } from './command.ts';

const TOOLKIT = path.join(projectRoot, 'test', 'toolkit');
const PROGRAMS = path.join(TOOLKIT, 'actions');

/** CommonJS packages of the toolkit ask for node's own modules by `require`, which a module has not. */
const banner = {
  js: `import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);`,
};

/**
 * Makes an action of each program in `test/toolkit/actions`, as its author would: bundled with all its
 * packages, beside an `action.yml`, in a folder of its own below `folder`.
 */
export async function buildToolkitActions(folder: string): Promise<void> {
  await ensureFolder(TOOLKIT, createProgress().stage('toolkit'));
  const names = (await readdir(PROGRAMS)).map((file) => path.basename(file, '.mjs'));
  await build({
    entryPoints: names.map((name) => ({
      in: path.join(PROGRAMS, `${name}.mjs`),
      out: path.join(name, 'index'),
    })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    ...{ bundle: true, platform: 'node', target: 'node20', format: 'esm', banner },
    logLevel: 'warning',
  });
  await Promise.all(
    names.map((name) => writeFile(path.join(folder, name, 'action.yml'), manifest(name))),
  );
}

const manifest = (name: string): string => `name: On @actions/${name}
description: A program on GitHub's toolkit.
inputs:
  name: { description: Whom to greet. }
  mode: { description: What to do. }
  token: { description: Token of the job., default: "\${{ github.token }}" }
runs:
  using: node24
  main: index.mjs
${name === 'core' ? '  post: index.mjs\n' : ''}`;
