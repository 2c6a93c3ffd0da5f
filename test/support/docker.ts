import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';

const SOCKET = '/var/run/docker.sock';

interface Labelled {
  readonly Id: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

/**
 * What the hubs with data below `dir` have made at the engine and not removed. Other hubs on this
 * machine do not count: each names its installation in its log.
 */
export async function leftovers(dir: string, socketPath = SOCKET): Promise<readonly string[]> {
  const found = await Promise.all(installationsOf(dir).map((id) => leftoversOf(id, socketPath)));
  return found.flat().sort();
}

function installationsOf(dir: string): readonly string[] {
  const logs = readdirSync(dir, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.name === 'hub.log',
  );
  const text = logs
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
    .join('');
  return [
    ...new Set([...text.matchAll(/"installation":"([^"]+)"/g)].map((match) => match[1] ?? '')),
  ];
}

async function leftoversOf(installation: string, socketPath: string): Promise<readonly string[]> {
  const label = [`com.runnerhub.installation=${installation}`];
  const filter = encodeURIComponent(JSON.stringify({ label }));
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
  ];
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
