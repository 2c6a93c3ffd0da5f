import { createHash } from 'node:crypto';
import Docker from 'dockerode';
import { afterEach, describe, expect, it } from 'vitest';
import { pullImage } from '../../src/adapters/docker/job-images.ts';
import { startRegistry } from '../support/registry.ts';

const docker = new Docker({ socketPath: '/var/run/docker.sock' });
const never = new AbortController().signal;
const name = `runnerhub-test/${createHash('sha1').update(String(process.pid)).digest('hex').slice(0, 8)}`;

const made = new Set<string>();
afterEach(async () => {
  for (const image of made) await docker.getImage(image).remove({ force: true });
  made.clear();
});

const pull = async (image: string, credentials: { username: string; password: string } | null) => {
  await pullImage(docker, image, credentials, never);
  // By its id, too: an image whose tag has moved has no name any more.
  made.add((await docker.getImage(image).inspect()).Id);
};

const versionOf = async (image: string) =>
  (await docker.getImage(image).inspect()).Config.Labels['version'];

describe('the image of a job', () => {
  it('is what its tag means now', async () => {
    await using registry = await startRegistry();
    const image = `${registry.host}/${name}:latest`;
    await registry.push(name, 'latest', '1');
    await pull(image, null);
    expect(await versionOf(image)).toBe('1');
    await registry.push(name, 'latest', '2');
    await pull(image, null);
    expect(await versionOf(image)).toBe('2');
  });

  it('is refused without the credentials of its registry, although the engine has it', async () => {
    await using registry = await startRegistry();
    const image = `${registry.host}/${name}:private`;
    await registry.push(name, 'private', '1');
    registry.lock('ci', 'hunter2');
    await pull(image, { username: 'ci', password: 'hunter2' });
    const error = await pull(image, null).catch(String);
    expect(error).toContain(`The image '${image}' could not be pulled`);
    await expect(pull(image, { username: 'ci', password: 'wrong' })).rejects.toThrow('pulled');
  });

  it('is said to be missing', async () => {
    await using registry = await startRegistry();
    const image = `${registry.host}/${name}:none`;
    await expect(pull(image, null)).rejects.toThrow(`The image '${image}' could not be pulled`);
  });

  it('is used as it is when it was made on the host', async () => {
    await pullImage(docker, 'runnerhub/job:bookworm', null, never);
  });
});
