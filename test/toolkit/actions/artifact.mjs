/** An action on `@actions/artifact`: one job uploads, the next one downloads, over both services. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DefaultArtifactClient } from '@actions/artifact';
import * as core from '@actions/core';
import { context } from '@actions/github';

const FILES = ['deep/random.bin', 'text.txt'];
/** More than one block of 8 MB. */
const SIZE = 9_000_000;
const client = new DefaultArtifactClient();

async function digestsBelow(folder) {
  const contents = await Promise.all(FILES.map((name) => readFile(path.join(folder, name))));
  return contents.map((content) => createHash('sha256').update(content).digest('hex'));
}

async function upload() {
  await mkdir('out/deep', { recursive: true });
  await writeFile('out/deep/random.bin', randomBytes(SIZE));
  await writeFile('out/text.txt', 'text\n');
  const files = FILES.map((name) => path.join('out', name));
  await client.uploadArtifact('made', files, 'out', { retentionDays: 3 });
  const twice = client.uploadArtifact('made', files, 'out');
  core.setOutput('twice', await twice.catch((error) => error.message));
  core.setOutput('digests', await digestsBelow('out'));
}

async function download() {
  const { artifact } = await client.getArtifact('made');
  const { digest: expectedHash } = artifact;
  const inside = await client.downloadArtifact(artifact.id, { path: 'in', expectedHash });
  core.setOutput('digests', await digestsBelow('in'));
  const { owner: repositoryOwner, repo: repositoryName } = context.repo;
  const token = core.getInput('token');
  const findBy = { token, workflowRunId: context.runId, repositoryOwner, repositoryName };
  const { artifacts } = await client.listArtifacts({ findBy });
  const over = await client.downloadArtifact(artifacts[0].id, {
    path: 'rest',
    expectedHash,
    findBy,
  });
  core.setOutput('rest', await digestsBelow('rest'));
  core.setOutput('mismatch', [inside.digestMismatch, over.digestMismatch]);
  await client.deleteArtifact('made');
  core.setOutput('left', (await client.listArtifacts()).artifacts.length);
}

const work = core.getInput('mode') === 'upload' ? upload : download;
await work().catch(core.setFailed);
