import { request } from 'node:http';

const SOCKET = '/var/run/docker.sock';

interface Labelled {
  readonly Id: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

/** What RunnerHub has made at the engine and not removed: containers and networks, by id. */
export async function leftovers(socketPath = SOCKET): Promise<readonly string[]> {
  const filter = encodeURIComponent(JSON.stringify({ label: ['com.runnerhub.installation'] }));
  const containers = await get<Labelled[]>(socketPath, `/containers/json?all=1&filters=${filter}`);
  const networks = await get<Labelled[]>(socketPath, `/networks?filters=${filter}`);
  const volumes = await get<{ Volumes: { Name: string }[] | null }>(
    socketPath,
    `/volumes?filters=${filter}`,
  );
  return [
    ...containers.map((each) => `container ${each.Id}`),
    ...networks.map((each) => `network ${each.Id}`),
    ...(volumes.Volumes ?? []).map((each) => `volume ${each.Name}`),
  ].sort();
}

function get<T>(socketPath: string, path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, method: 'GET' }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as T));
    });
    call.on('error', reject);
    call.end();
  });
}
