import { z } from 'zod';
import { EGRESS_MODES, namedPorts, parseAllow } from '../domain/egress.ts';
import { FILE_CAPABILITIES, HARDENING_LEVELS, SUDO_RULES } from '../domain/hardening.ts';
import { setting } from './setting.ts';

/** Every other one would hand the machine, or what is beside the job on it, to the job. */
const capability = z.enum([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'IPC_LOCK',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const switches = z
  .strictObject({
    noNewPrivileges: setting(z.boolean().default(true), {
      description: 'Set-user-id programs such as `sudo` give nothing.',
    }),
    capabilities: setting(z.array(capability).default([...FILE_CAPABILITIES]), {
      description: 'What processes of root get; those of other users get none.',
    }),
    nonRoot: setting(z.boolean().default(false), {
      description: "Not even the idle process and the hub's own commands are root.",
    }),
    readOnlyRoot: setting(z.boolean().default(false), {
      description: 'Only the home folder, and temporary folders in memory, can be written.',
    }),
    seccomp: setting(z.enum(['engine', 'strict']).default('engine'), {
      description: "Filter of system calls: the engine's own, or RunnerHub's stricter one.",
    }),
  })
  .prefault({});

const allow = z
  .array(
    z.string().refine((entry) => parseAllow(entry) !== null, {
      error: 'must be a name, *.name, name:port, name=address or the word github',
    }),
  )
  .max(1_000)
  .refine((entries) => namedPorts(entries.flatMap((entry) => parseAllow(entry) ?? [])) !== null, {
    error: 'beside 80 and 443, a port can belong to one whole name only',
  });

/** What a pool sets between a job and everything else. */
export const poolWalls = {
  hardening: setting(z.enum(HARDENING_LEVELS).default('standard'), {
    description:
      '`standard`, `hardened` or `custom`: see [security/containers.md](security/containers.md).',
  }),
  sudo: setting(z.enum(SUDO_RULES).default('if-safe'), {
    description:
      'At level `standard`, whether steps may become root inside: `if-safe` where that is not root of the machine, `always`, `never`.',
  }),
  switches,
  nofile: setting(z.number().int().min(256).max(1_048_576).default(16_384), {
    description: 'Most files that one process may have open.',
  }),
  diskMb: setting(z.number().int().min(16).optional(), {
    description:
      'Most that a job may write to the disk, in MiB: its container and its work folder. Measured every few seconds; a job that has written more is ended. Absent: no limit.',
  }),
  egress: setting(z.enum(EGRESS_MODES).default('open'), {
    description:
      'Where jobs may go in the network: `open`, `allow-list`, `learn` or `none`; see [security/network.md](security/network.md).',
  }),
  allow: setting(allow.default([]), {
    description:
      'The list for `egress: allow-list`: `name`, `*.name`, `name:port`, `name=address`, or `github` for what jobs need of github.com.',
  }),
};

const walls = z.strictObject(poolWalls);
export type PoolWalls = z.infer<typeof walls>;

/** Those of a pool that says nothing. */
export const DEFAULT_WALLS: PoolWalls = walls.parse({});
