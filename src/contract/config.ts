import { z } from 'zod';

/**
 * The configuration: `runnerhub.yml` and the environment, one schema. Each leaf names its
 * environment variable and says what it is for; `docs/configuration.md` is printed from here.
 */
export interface SettingMeta {
  /** The environment variable that sets it; absent for settings that only the file can hold. */
  readonly env?: string;
  readonly description: string;
  /** Never printed. */
  readonly secret?: true;
  readonly [key: string]: unknown;
}

const setting = <T extends z.ZodType>(schema: T, meta: SettingMeta): T => schema.meta(meta);

const url = (...protocols: string[]) =>
  z.string().refine((text) => protocols.some((protocol) => text.startsWith(`${protocol}://`)), {
    error: `must begin with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`,
  });

export const DEFAULT_JOB_IMAGE = 'runnerhub/job:bookworm';

/** Labels of the default pool; the hosted names let workflows written for GitHub's machines run as they are. */
export const DEFAULT_LABELS = [
  'self-hosted',
  'linux',
  'x64',
  'runnerhub',
  'ubuntu-latest',
  'ubuntu-24.04',
  'ubuntu-22.04',
];

/** One pool: the template of its containers and the labels of its runners. */
export const poolConfig = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9-]{0,62}$/,
      'must be lower-case letters, digits and hyphens, at most 63',
    )
    .meta({ description: 'Name, unique among the pools: lower-case letters, digits, hyphens.' }),
  labels: z
    .array(z.string().min(1).max(256))
    .min(1)
    .max(100)
    .meta({ description: 'Labels that `runs-on` may ask for; GitHub compares them without case.' }),
  image: setting(z.string().min(1).default(DEFAULT_JOB_IMAGE), {
    description: 'Image of the containers that run the steps.',
  }),
  cpuMillis: setting(z.number().int().min(100).default(2000), {
    description: 'CPU limit of a container, in thousandths of a core.',
  }),
  memoryMb: setting(z.number().int().min(64).default(4096), {
    description:
      'Memory limit of a container, in MiB; a job that needs more is ended by the kernel.',
  }),
  pids: setting(z.number().int().min(16).default(4096), {
    description: 'Most processes in a container at once.',
  }),
  user: setting(z.string().min(1).default('runner'), {
    description: 'User of the image that steps run as: a name or `uid:gid`.',
  }),
  minIdle: setting(z.number().int().min(0).default(1), {
    description:
      'Warm containers kept ready beside the busy ones; 0 makes every job wait for a start.',
  }),
  max: setting(z.number().int().min(1).default(4), {
    description: 'Most jobs of this pool at once; further ones wait.',
  }),
});
export type PoolConfig = z.infer<typeof poolConfig>;

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

export const configSchema = z
  .strictObject({
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
          description: 'Unix socket of the Docker Engine.',
        }),
      })
      .prefault({}),
    jobImage: setting(z.string().min(1).default(DEFAULT_JOB_IMAGE), {
      env: 'RUNNERHUB_JOB_IMAGE',
      description: 'Image of the default pool; set-up pulls or builds it.',
    }),
    pools: z
      .array(poolConfig)
      .min(1)
      .meta({ description: 'The pools. Absent: one pool named `default` on the job image.' })
      .optional(),
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
  })
  .superRefine((config, context) => {
    const seen = new Set<string>();
    for (const [index, pool] of (config.pools ?? []).entries()) {
      if (seen.has(pool.name)) {
        context.addIssue({
          code: 'custom',
          path: ['pools', index, 'name'],
          message: `"${pool.name}" is there twice`,
        });
      }
      seen.add(pool.name);
      if (pool.minIdle > pool.max) {
        context.addIssue({
          code: 'custom',
          path: ['pools', index, 'minIdle'],
          message: `must not exceed max (${pool.max})`,
        });
      }
    }
  });

export type Config = z.infer<typeof configSchema>;
