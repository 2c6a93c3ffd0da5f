/** An action on `@actions/cache`: one job saves, the next one restores. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { restoreCache, saveCache } from '@actions/cache';
import * as core from '@actions/core';

const FOLDER = 'kept';
const FILE = `${FOLDER}/words.txt`;

async function save() {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(FILE, 'word '.repeat(100_000));
  core.setOutput('saved', (await saveCache([FOLDER], 'words-1')) > 0);
  core.setOutput('again', (await saveCache([FOLDER], 'words-1')) > 0);
}

async function restore() {
  core.setOutput('miss', (await restoreCache([FOLDER], 'other')) ?? 'nothing');
  core.setOutput('hit', await restoreCache([FOLDER], 'words-2', ['words-']));
  core.setOutput('same', (await readFile(FILE, 'utf8')) === 'word '.repeat(100_000));
}

const work = core.getInput('mode') === 'save' ? save : restore;
await work().catch(core.setFailed);
