import { z } from 'zod';
import { setting } from './setting.ts';

const pemFile = (what: string) =>
  setting(z.string().min(1), { description: `File with ${what}, PEM.` });

/** One Docker host. */
export const hostConfig = z
  .strictObject({
    name: setting(
      z
        .string()
        .regex(
          /^[a-z0-9][a-z0-9.-]{0,62}$/,
          'must be lower-case letters, digits, dots and hyphens, at most 63',
        ),
      { description: 'Name, unique among the hosts.' },
    ),
    address: setting(
      z
        .string()
        .regex(
          /^(unix:\/\/\/.+|tcp:\/\/[^/\s:]+:\d{1,5})$/,
          'must be unix:///PATH or tcp://HOST:PORT',
        ),
      { description: 'Where its Docker Engine answers: `unix:///PATH` or `tcp://HOST:PORT`.' },
    ),
    tls: z
      .strictObject({
        ca: pemFile('the authority that signed the certificate of the engine'),
        cert: pemFile('the certificate that this hub shows'),
        key: pemFile('the key of that certificate'),
      })
      .optional(),
    slots: setting(z.number().int().min(1).optional(), {
      description: 'Most containers there at once, warm ones included. Absent: not counted.',
    }),
    cpuOvercommit: setting(z.number().min(0.1).max(100).default(1), {
      description: 'CPU limits of its containers may add up to this many times its processors.',
    }),
    memoryOvercommit: setting(z.number().min(0.1).max(100).default(1), {
      description: 'Memory limits of its containers may add up to this many times its memory.',
    }),
    reserve: z
      .strictObject({
        cpuMillis: setting(z.number().int().min(0).default(0), {
          description: 'Thousandths of a core that are kept for the host itself.',
        }),
        memoryMb: setting(z.number().int().min(0).default(256), {
          description:
            'MiB of memory kept for the host itself; with less than this free it gets no containers.',
        }),
        diskMb: setting(z.number().int().min(0).default(2048), {
          description: 'With less than this many MiB of disk free it gets no containers.',
        }),
      })
      .prefault({}),
    labels: z
      .record(z.string(), z.string())
      .default({})
      .meta({ description: 'Names and values that pools may ask for with `hostLabels`.' }),
    mode: setting(z.enum(['open', 'cordoned', 'draining']).default('open'), {
      description:
        '`cordoned`: gets no new containers; `draining`: its warm ones go as well. Running jobs end in peace.',
    }),
  })
  .refine(({ address, tls }) => !address.startsWith('tcp:') || tls !== undefined, {
    path: ['tls'],
    error: 'a tcp:// address needs tls: whoever reaches an engine without it is root there',
  })
  .refine(({ address, tls }) => address.startsWith('tcp:') || tls === undefined, {
    path: ['tls'],
    error: 'is for tcp:// addresses only',
  });
export type HostConfig = z.infer<typeof hostConfig>;

export const hostsConfig = z
  .array(hostConfig)
  .min(1)
  .superRefine((hosts, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of hosts.entries()) {
      const message = `"${name}" is there twice`;
      if (seen.has(name)) context.addIssue({ code: 'custom', path: [index, 'name'], message });
      seen.add(name);
    }
  });
