/**
 * How much a container may do, as levels that a person can read. `docs/security/containers.md` says
 * what each stops and names the proof.
 *
 * `standard`  Ordinary workflows run unchanged. Root inside (`sudo`) only where it is not root of the
 *             machine, or where the pool says so.
 * `hardened`  No process can gain any privilege; nothing can be written but the job's own folders.
 * `custom`    Each switch by itself.
 */
export const HARDENING_LEVELS = ['standard', 'hardened', 'custom'] as const;
export type HardeningLevel = (typeof HARDENING_LEVELS)[number];

/** When a step may become root inside its container. */
export const SUDO_RULES = ['if-safe', 'always', 'never'] as const;
export type SudoRule = (typeof SUDO_RULES)[number];

export interface HardeningSwitches {
  /** Set-user-id programs such as `sudo` give nothing. */
  readonly noNewPrivileges: boolean;
  /** What processes of root get; those of other users get none. */
  readonly capabilities: readonly string[];
  /** Not even the idle process and the hub's own commands are root. */
  readonly nonRoot: boolean;
  /** Only the home folder with the workspace, and temporary folders in memory, can be written. */
  readonly readOnlyRoot: boolean;
  /** The engine's own filter of system calls, or RunnerHub's stricter one. */
  readonly seccomp: 'engine' | 'strict';
}

export interface HardeningWish {
  readonly hardening: HardeningLevel;
  /** Counts for `standard`. */
  readonly sudo: SudoRule;
  /** Count for `custom`. */
  readonly switches: HardeningSwitches;
}

/**
 * They let the hub's own root commands and pools that run as root manage the container's files
 * (CHOWN, DAC_OVERRIDE, FOWNER), end the steps' processes (KILL) and let package managers change to
 * their sandbox user (SETUID, SETGID).
 */
export const FILE_CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'KILL',
  'SETGID',
  'SETUID',
] as const;

/**
 * What `sudo`, package managers and servers started by a step need beyond that. Still not given,
 * though Docker would: raw sockets (NET_RAW) and device nodes (MKNOD).
 */
const ROOT_CAPABILITIES = [
  ...FILE_CAPABILITIES,
  'AUDIT_WRITE',
  'FSETID',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETPCAP',
  'SYS_CHROOT',
];

const WITHOUT_SUDO: HardeningSwitches = {
  noNewPrivileges: true,
  capabilities: FILE_CAPABILITIES,
  nonRoot: false,
  readOnlyRoot: false,
  seccomp: 'engine',
};

const WITH_SUDO: HardeningSwitches = {
  ...WITHOUT_SUDO,
  noNewPrivileges: false,
  capabilities: ROOT_CAPABILITIES,
};

const HARDENED: HardeningSwitches = {
  noNewPrivileges: true,
  capabilities: [],
  nonRoot: true,
  readOnlyRoot: true,
  seccomp: 'strict',
};

/**
 * The switches in force. `rootIsContained`: root of the container is nobody on the machine, because of
 * user namespaces, a rootless engine or a runtime that is a sandbox.
 */
export function switchesOf(wish: HardeningWish, rootIsContained: boolean): HardeningSwitches {
  switch (wish.hardening) {
    case 'hardened':
      return HARDENED;
    case 'custom':
      return wish.switches;
    case 'standard': {
      const maySudo = wish.sudo === 'always' || (wish.sudo === 'if-safe' && rootIsContained);
      return maySudo ? WITH_SUDO : WITHOUT_SUDO;
    }
  }
}
