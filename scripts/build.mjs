/**
 * Bundles the program into dist/runnerhub.js. GitHub's parser packages are bundled, because their JSON
 * imports need a bundler; every other package stays outside and is loaded from node_modules.
 */
import { readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const projectRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const bundlePath = path.join(projectRoot, 'dist', 'runnerhub.js');

const BUNDLED = /^@actions\//;

/** Whether a source, the lock file or this script is newer than the bundle. */
export function isStale() {
  const built = modifiedAt(bundlePath);
  const inputs = [
    ...sourcesBelow(path.join(projectRoot, 'src')),
    path.join(projectRoot, 'package-lock.json'),
    fileURLToPath(import.meta.url),
  ];
  return inputs.some((file) => modifiedAt(file) > built);
}

export const build = () => bundle(path.join(projectRoot, 'src', 'main', 'main.ts'), bundlePath);

/**
 * Builds into a temporary name and renames, so that two builds at once do no harm.
 * @param {string} entry
 * @param {string} outfile
 */
export async function bundle(entry, outfile) {
  const { build: esbuild } = await import('esbuild');
  const manifest = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8'));
  const external = Object.keys(manifest.dependencies).filter((name) => !BUNDLED.test(name));
  const temporary = `${outfile}.${process.pid}`;
  await esbuild({
    entryPoints: [entry],
    outfile: temporary,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: external.flatMap((name) => [name, `${name}/*`]),
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  renameSync(temporary, outfile);
  rmSync(`${temporary}.map`, { force: true });
}

/** @param {string} folder @returns {string[]} */
function sourcesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|json)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** @param {string} file */
function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await build();
