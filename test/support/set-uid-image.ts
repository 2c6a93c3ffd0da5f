import { randomBytes } from 'node:crypto';
import type Dockerode from 'dockerode';
import tar from 'tar-stream';

const JOB_IMAGE = 'runnerhub/job:bookworm';

/**
 * The job image with a set-user-id program of root, as `sudo` is one: it says whose rights it runs
 * with. (A copy of perl's or python's interpreter would refuse; `id` does not.)
 */
export async function makeSetUidImage(
  docker: Dockerode,
): Promise<{ readonly name: string; remove(): Promise<void> }> {
  const name = `runnerhub-test/walls:${randomBytes(4).toString('hex')}`;
  const container = await docker.createContainer({ Image: JOB_IMAGE, Entrypoint: ['true'] });
  try {
    const program = await firstFile(await container.getArchive({ path: '/usr/bin/id' }));
    const pack = tar.pack();
    pack.entry({ name: 'usr/local/bin/become-root', mode: 0o4755, uid: 0, gid: 0 }, program);
    pack.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of pack) chunks.push(Buffer.from(chunk as Uint8Array));
    await container.putArchive(Buffer.concat(chunks), { path: '/' });
    const [repo = '', tag = ''] = name.split(':');
    await container.commit({ repo, tag });
  } finally {
    await container.remove({ force: true });
  }
  return { name, remove: async () => void (await docker.getImage(name).remove({ force: true })) };
}

async function firstFile(archive: NodeJS.ReadableStream): Promise<Buffer> {
  const extract = archive.pipe(tar.extract());
  for await (const entry of extract) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(Buffer.from(chunk as Uint8Array));
    return Buffer.concat(chunks);
  }
  throw new Error('the archive is empty');
}
