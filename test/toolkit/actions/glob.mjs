/** An action on `@actions/glob`: what it finds, and its hashes, with which those of expressions must agree. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as core from '@actions/core';
import { create, hashFiles } from '@actions/glob';

const FILES = [
  ...['z.txt', 'a.txt', 'a/one.txt', 'a-b/two.txt', 'src/keep.txt', 'src/bad.txt', 'src/bed.md'],
  ...['src/deep/er/x.txt', 'src/.hidden/y.txt', 'with space/ö.txt', '{odd}.txt', '[x].txt'],
];

for (const file of FILES) {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `content of ${file}`);
}
await symlink('a.txt', 'link-to-file');
await symlink('src', 'link-to-folder');

const workspace = process.cwd();
for (const [name, patterns] of Object.entries(JSON.parse(core.getInput('name')))) {
  const options = { followSymbolicLinks: name.startsWith('follow') };
  core.setOutput(name, await hashFiles(patterns.join('\n'), workspace, options));
}
const globber = await create('**/*.txt\n!src\nsrc/keep.txt');
const found = (await globber.glob()).map((file) => path.relative(workspace, file));
core.setOutput('found', found.sort());
