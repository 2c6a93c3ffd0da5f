import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../adapters/system/clock.ts';
import type { Config } from '../contract/config.ts';
import { isAppError } from '../domain/errors.ts';
import type { Log } from '../ports/log.ts';
import type { Check, Finding } from '../services/doctor.ts';
import type { HostSetup } from '../services/fleet-host.ts';
import { hostSetups } from './compose-engine.ts';
import { isGitHubConfigured, openGitHub } from './compose-github.ts';
import { openStorage } from './compose-storage.ts';
import { poolsOf } from './config.ts';
import { withDataDir } from './data-dir.ts';

const GIB = 1024 ** 3;
const MIN_FREE_GIB = 2;
const MAX_SKEW_MS = 30_000;

type Look = Omit<Finding, 'name'>;

const ok = (detail: string): Look => ({ state: 'ok', detail });
const note = (detail: string, mend: string): Look => ({ state: 'note', detail, mend });
const bad = (detail: string, mend: string): Look => ({ state: 'bad', detail, mend });

/** What `runnerhub doctor` looks at, in the order in which it should be mended. */
export function doctorChecks(config: Config, log: Log): readonly Check[] {
  return [
    { name: 'node', look: async () => ok(`Node ${process.versions.node}`), mend: '' },
    ...hostChecks(config, log),
    storageCheck(config, log),
    diskCheck(config),
    clockCheck(config),
    githubCheck(config),
  ];
}

/** One check per Docker host: that it answers, and that it has the images of the pools. */
function hostChecks(config: Config, log: Log): readonly Check[] {
  return hostSetups(config, log).flatMap((host) => {
    const at = config.hosts === undefined ? '' : ` ${host.name}`;
    return [
      { name: `docker${at}`, mend: MEND_DOCKER, look: () => lookAtEngine(host) },
      {
        name: `job image${at}`,
        mend: 'Start Docker first.',
        look: () => lookForImages(config, host),
      },
    ];
  });
}

const MEND_DOCKER =
  'Start Docker, or let set-up install it: node scripts/setup/main.mjs --only docker';

async function lookAtEngine({ engine, mode }: HostSetup): Promise<Look> {
  const { version, cpus, memoryMb } = await engine.info();
  const detail = `Docker ${version}, ${cpus} CPUs, ${memoryMb} MiB memory`;
  if (mode === 'open') return ok(detail);
  return note(`${detail}, ${mode}`, 'It gets no containers until its mode is open again.');
}

async function lookForImages(config: Config, { engine }: HostSetup): Promise<Look> {
  const wanted = [...new Set(poolsOf(config).map((pool) => pool.image))];
  const found = await Promise.all(wanted.map((image) => engine.imageId(image)));
  const missing = wanted.filter((_, index) => found[index] === null);
  if (missing.length === 0) return ok(wanted.join(', '));
  return bad(
    `not on this machine: ${missing.join(', ')}`,
    'docker pull it, or build the default one: node scripts/setup/main.mjs --only image',
  );
}

function storageCheck(config: Config, log: Log): Check {
  return {
    name: 'database and queue',
    mend: 'Check DATABASE_URL and REDIS_URL; unset, RunnerHub brings its own.',
    look: async () => {
      const place =
        config.database.url === undefined ? 'embedded PostgreSQL' : 'PostgreSQL at DATABASE_URL';
      const queue = config.redis.url === undefined ? 'queue in PostgreSQL' : 'queue in Redis';
      try {
        await withDataDir(config, async (dataDir) => {
          const storage = await openStorage(config, { dataDir, log });
          await storage.ping().finally(() => storage.close());
        });
      } catch (error) {
        if (!isAppError(error, 'conflict')) throw error;
        return note('a hub is running on this data folder', 'Ask it: curl its /readyz');
      }
      return ok(`${place}, ${queue}`);
    },
  };
}

function diskCheck(config: Config): Check {
  return {
    name: 'disk',
    mend: 'Make the data folder reachable: RUNNERHUB_DATA_DIR.',
    look: async () => {
      const folder = path.dirname(path.resolve(config.dataDir));
      const { bavail, bsize } = await statfs(folder);
      const free = (bavail * bsize) / GIB;
      const detail = `${free.toFixed(1)} GiB free at ${folder}`;
      return free >= MIN_FREE_GIB ? ok(detail) : bad(detail, `Free at least ${MIN_FREE_GIB} GiB.`);
    },
  };
}

/** GitHub refuses tokens signed by a clock that is wrong, so its own clock is the measure. */
function clockCheck(config: Config): Check {
  return {
    name: 'clock',
    mend: 'Check the network to GitHub; the clock is compared with its answer.',
    look: async () => {
      const { apiUrl } = config.github;
      if (apiUrl === undefined)
        return note(new Date().toISOString(), 'Compared with GitHub once it is configured.');
      const response = await fetch(apiUrl, { method: 'HEAD', signal: AbortSignal.timeout(10_000) });
      const theirs = Date.parse(response.headers.get('date') ?? '');
      if (Number.isNaN(theirs)) return note('GitHub sent no date', 'Check the address of the API.');
      const skewMs = Date.now() - theirs;
      const detail = `${(skewMs / 1000).toFixed(1)} s from GitHub's clock`;
      return Math.abs(skewMs) <= MAX_SKEW_MS
        ? ok(detail)
        : bad(detail, 'Synchronise this machine (NTP).');
    },
  };
}

function githubCheck(config: Config): Check {
  return {
    name: 'github',
    mend: "Check RUNNERHUB_GITHUB_API_URL, and RUNNERHUB_GITHUB_TOKEN or the App's settings.",
    look: async () => {
      if (!isGitHubConfigured(config)) {
        return note(
          'not configured',
          'The demo and `runnerhub run` need none; docs/configuration.md tells how to connect.',
        );
      }
      const { apiUrl, webhookSecret } = config.github;
      const { github } = openGitHub(config, systemClock);
      const who = await github.whoAmI();
      if (webhookSecret === undefined)
        return bad(`signed in as ${who}, no webhook secret`, 'Set RUNNERHUB_WEBHOOK_SECRET.');
      return ok(`signed in as ${who} at ${apiUrl}`);
    },
  };
}
