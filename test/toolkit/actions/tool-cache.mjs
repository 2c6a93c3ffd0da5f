/** An action on `@actions/tool-cache`: a download, its content, and finding it again. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import * as core from '@actions/core';
import { context } from '@actions/github';
import { cacheDir, downloadTool, extractTar, find } from '@actions/tool-cache';

const { owner, repo } = context.repo;
const url = `${context.apiUrl}/repos/${owner}/${repo}/tarball/main`;
const archive = await downloadTool(url, undefined, `Bearer ${core.getInput('token')}`);
const folder = await extractTar(archive);
await cacheDir(folder, 'a-tool', '1.2.3');
const found = find('a-tool', '1.x');
const [top] = await readdir(found);
core.setOutput('files', (await readdir(path.join(found, top))).sort());
