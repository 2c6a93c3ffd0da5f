/** An action on `@actions/io`: folders, copies, moves, and where programs are. */
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as core from '@actions/core';
import { cp, mkdirP, mv, rmRF, which } from '@actions/io';

const temp = await mkdtemp(path.join(tmpdir(), 'io-'));
await mkdirP(path.join(temp, 'one', 'two'));
await writeFile(path.join(temp, 'one', 'two', 'file'), 'text');
await cp(path.join(temp, 'one'), path.join(temp, 'copy'), { recursive: true });
await mv(path.join(temp, 'copy', 'two', 'file'), path.join(temp, 'moved'));
await rmRF(path.join(temp, 'one'));
core.setOutput('left', (await readdir(temp)).sort());
core.setOutput('text', await readFile(path.join(temp, 'moved'), 'utf8'));
core.setOutput('git', await which('git', true));
await which('no-such-program', true).catch((error) => core.setOutput('missing', error.message));
