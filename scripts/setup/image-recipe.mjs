import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const DEFAULT_IMAGE = 'runnerhub/job:bookworm';
export const IMAGE_LABEL = 'com.runnerhub.image';
export const RECIPE_LABEL = 'com.runnerhub.recipe';
export const SUITE = 'bookworm';

// Counts changes of the build that are not in the files below.
const REVISION = '1';
const FILES = ['packages.txt', 'dpkg.cfg', 'configure.sh', 'Dockerfile'];

/**
 * @typedef {object} Recipe
 * @property {string} directory
 * @property {string[]} packages
 * @property {string} hash
 */

/**
 * @param {string} text one package a line, with comments
 * @returns {string[]}
 */
export function parsePackages(text) {
  const names = text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter(Boolean);
  const wrong = names.find((name) => !/^[a-z0-9][a-z0-9+.-]+$/.test(name));
  if (wrong !== undefined) throw new Error(`not a Debian package name: ${wrong}`);
  return [...new Set(names)].sort();
}

/**
 * @param {Array<[name: string, content: string]>} files
 * @returns {string}
 */
export function recipeHash(files) {
  const hash = createHash('sha256').update(REVISION);
  for (const [name, content] of files) hash.update(`\0${name}\0${content.length}\0${content}`);
  return hash.digest('hex').slice(0, 16);
}

/** @param {string} root @returns {Recipe} */
export function readRecipe(root) {
  const directory = path.join(root, 'deploy', 'job-image');
  const files = FILES.map(
    (name) =>
      /** @type {[string, string]} */ ([name, readFileSync(path.join(directory, name), 'utf8')]),
  );
  const packages = parsePackages(files[0]?.[1] ?? '');
  return { directory, packages, hash: recipeHash(files) };
}
