import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

/** A registry of images on loopback, as far as an engine needs it to pull (OCI distribution). */
export interface Registry extends AsyncDisposable {
  /** Where its images are: `127.0.0.1:port`. */
  readonly host: string;
  /** Puts an image with one file, `/version`, at a name and tag. */
  push(name: string, tag: string, version: string): Promise<void>;
  /** From now on a user name and a password are needed. */
  lock(user: string, password: string): void;
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export async function startRegistry(): Promise<Registry> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, Buffer>();
  let key: string | null = null;

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (key !== null && request.headers.authorization !== key) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end();
      return;
    }
    const path = request.url ?? '';
    if (path === '/v2/') {
      response.writeHead(200).end('{}');
      return;
    }
    const manifest = manifests.get(path.replace('/manifests/', ':'));
    const found = manifest ?? blobs.get(path.slice(path.lastIndexOf('/') + 1));
    if (found === undefined) {
      response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
      return;
    }
    response.writeHead(200, {
      'Content-Type': manifest === undefined ? 'application/octet-stream' : MANIFEST,
      'Content-Length': found.length,
      'Docker-Content-Digest': digestOf(found),
    });
    response.end(request.method === 'HEAD' ? undefined : found);
  };
  const keep = (bytes: Buffer, mediaType: string) => {
    blobs.set(digestOf(bytes), bytes);
    return { mediaType, size: bytes.length, digest: digestOf(bytes) };
  };

  const server = createServer(answer);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async push(name, tag, version) {
      const layer = pack();
      layer.entry({ name: 'version' }, version);
      layer.finalize();
      const tar = await buffer(layer);
      const config = Buffer.from(
        JSON.stringify({
          architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
          os: 'linux',
          config: { Cmd: ['/version'], Labels: { version } },
          rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
        }),
      );
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: MANIFEST,
          config: keep(config, 'application/vnd.docker.container.image.v1+json'),
          layers: [keep(tar, 'application/vnd.docker.image.rootfs.diff.tar')],
        }),
      );
      for (const at of [tag, digestOf(manifest)]) manifests.set(`/v2/${name}:${at}`, manifest);
    },
    lock(user, password) {
      key = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
