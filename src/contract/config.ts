import { z } from 'zod';
import { hostsConfig } from './host-config.ts';
import { DEFAULT_JOB_IMAGE, poolsConfig } from './pool-config.ts';
import { routing } from './routing-config.ts';
import { fairShare, priorities, quotas } from './scheduling-config.ts';
import { setting, url } from './setting.ts';

const http = z
  .strictObject({
    host: setting(z.string().min(1).default('127.0.0.1'), {
      env: 'RUNNERHUB_HTTP_HOST',
      description: 'Address that the API and the webhook entrance listen on.',
    }),
    port: setting(z.number().int().min(0).max(65_535).default(8080), {
      env: 'RUNNERHUB_HTTP_PORT',
      description: 'Their port; 0 takes any free one.',
    }),
  })
  .prefault({});

const github = z
  .strictObject({
    apiUrl: setting(url('http', 'https').optional(), {
      env: 'RUNNERHUB_GITHUB_API_URL',
      description: "GitHub's REST API, for GitHub Enterprise Server `https://HOST/api/v3`.",
    }),
    token: setting(z.string().min(1).optional(), {
      env: 'RUNNERHUB_GITHUB_TOKEN',
      description: 'Token that may register runners (repository: administration write).',
      secret: true,
    }),
    app: z
      .strictObject({
        id: setting(z.string().regex(/^[A-Za-z0-9.]+$/, 'must be an App id or client id'), {
          env: 'RUNNERHUB_GITHUB_APP_ID',
          description: 'Id or client id of the GitHub App that RunnerHub is; instead of a token.',
        }),
        privateKeyFile: setting(z.string().min(1), {
          env: 'RUNNERHUB_GITHUB_APP_PRIVATE_KEY_FILE',
          description: "PEM file with the App's private key, as GitHub gives it.",
        }),
      })
      .optional(),
    pollFastestSeconds: setting(z.number().int().min(1).default(10), {
      env: 'RUNNERHUB_GITHUB_POLL_FASTEST_SECONDS',
      description:
        'How soon GitHub is asked again for jobs while webhooks get lost; no job waits longer for being found.',
    }),
    pollSlowestSeconds: setting(z.number().int().min(1).default(60), {
      env: 'RUNNERHUB_GITHUB_POLL_SLOWEST_SECONDS',
      description: 'How often GitHub is asked for jobs while no webhook gets lost.',
    }),
    webhookSecret: setting(z.string().min(8).optional(), {
      env: 'RUNNERHUB_WEBHOOK_SECRET',
      description: 'Secret that signs webhooks; at least 8 characters.',
      secret: true,
    }),
    scope: setting(z.enum(['repository', 'organization']).default('repository'), {
      env: 'RUNNERHUB_GITHUB_SCOPE',
      description: 'Whether runners are registered at the repository or at its organization.',
    }),
    standin: setting(
      z
        .string()
        .regex(/^\d{1,3}(\.\d{1,3}){3}:\d{1,5}$/, 'must be ADDRESS:PORT with an IPv4 address')
        .optional(),
      {
        env: 'RUNNERHUB_GITHUB_STANDIN',
        description:
          'Where containers reach a GitHub stand-in on this machine, as `runnerhub standin --containers` prints it. Not for the real GitHub.',
      },
    ),
    runnerGroupId: setting(z.number().int().min(1).default(1), {
      env: 'RUNNERHUB_RUNNER_GROUP_ID',
      description: 'Runner group that runners join; 1 is the default group.',
    }),
  })
  .prefault({});

/**
 * The configuration: `runnerhub.yml` and the environment, one schema. Each leaf names its
 * environment variable and says what it is for; `docs/configuration.md` is printed from here.
 */
export const configSchema = z.strictObject({
  dataDir: setting(z.string().min(1).default('.runnerhub'), {
    env: 'RUNNERHUB_DATA_DIR',
    description: 'Folder of everything that RunnerHub keeps on this machine.',
  }),
  http,
  database: z
    .strictObject({
      url: setting(url('postgres', 'postgresql').optional(), {
        env: 'DATABASE_URL',
        description: 'PostgreSQL 15 or newer. Absent: an embedded one below the data folder.',
        secret: true,
      }),
    })
    .prefault({}),
  redis: z
    .strictObject({
      url: setting(url('redis', 'rediss').optional(), {
        env: 'REDIS_URL',
        description: 'Redis 6.2 or newer for the queue. Absent: the queue lives in PostgreSQL.',
        secret: true,
      }),
    })
    .prefault({}),
  github,
  docker: z
    .strictObject({
      socketPath: setting(z.string().min(1).default('/var/run/docker.sock'), {
        env: 'RUNNERHUB_DOCKER_SOCKET',
        description:
          'Unix socket of the Docker Engine of this machine, where `hosts` are not given.',
      }),
    })
    .prefault({}),
  jobImage: setting(z.string().min(1).default(DEFAULT_JOB_IMAGE), {
    env: 'RUNNERHUB_JOB_IMAGE',
    description: 'Image of the default pool; set-up pulls or builds it.',
  }),
  hosts: hostsConfig
    .meta({
      description:
        'The Docker hosts. Absent: this machine, by `docker.socketPath`, named `local`, without limits of its own.',
    })
    .optional(),
  pools: poolsConfig
    .meta({ description: 'The pools. Absent: one pool named `default` on the job image.' })
    .optional(),
  ...{ routing, priorities, quotas, fairShare },
  secretKey: setting(
    z
      .string()
      .regex(
        /^[A-Za-z0-9+/]{43}=$/,
        'must be 32 bytes in base64, as `openssl rand -base64 32` prints',
      )
      .optional(),
    {
      env: 'RUNNERHUB_SECRET_KEY',
      description:
        'Key that seals job credentials in the database, 32 bytes in base64; several hubs need the same. Absent: made once in the data folder.',
      secret: true,
    },
  ),
  shutdown: z
    .strictObject({
      drainSeconds: setting(z.number().int().min(0).default(30), {
        env: 'RUNNERHUB_DRAIN_SECONDS',
        description:
          'How long running jobs may go on after SIGTERM before they are ended as failed.',
      }),
      keepWarm: setting(z.boolean().default(false), {
        env: 'RUNNERHUB_KEEP_WARM',
        description:
          'Leave warm containers for the next start, which takes over those that still fit. After a crash it does so anyway.',
      }),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: setting(z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'), {
        env: 'RUNNERHUB_LOG_LEVEL',
        description: "Least severe entry of the hub's own log.",
      }),
    })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;
