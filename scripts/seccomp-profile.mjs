/**
 * Makes the seccomp profile of hardened containers: every system call of the list, less the groups
 * below, and some only with harmless arguments. Part of `npm run docs:generate`.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** What is taken away, and why. @type {ReadonlyArray<{ why: string, names: string }>} */
export const DENIED = [
  {
    why: 'Mounts, namespaces and roots: the tools of breaking out.',
    names: `mount umount2 pivot_root chroot move_mount open_tree fsopen fsconfig fsmount fspick
      mount_setattr unshare setns`,
  },
  {
    why: 'Other processes: reading or steering them.',
    names: `ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp
      pidfd_getfd`,
  },
  {
    why: "The kernel's keyrings are not kept apart by containers.",
    names: 'add_key request_key keyctl',
  },
  {
    why: 'Files by handle reach beyond the mounts of the container.',
    names: 'name_to_handle_at open_by_handle_at fanotify_init fanotify_mark lookup_dcookie',
  },
  {
    why: 'The kernel itself: code, crash images, tracing, logs, power.',
    names: `init_module finit_module delete_module create_module query_module get_kernel_syms
      kexec_load kexec_file_load reboot bpf perf_event_open syslog`,
  },
  {
    why: 'Large interfaces that have often been the way to the kernel.',
    names: 'io_uring_setup io_uring_enter io_uring_register userfaultfd memfd_secret',
  },
  {
    why: 'The clock, names and accounts of the whole machine.',
    names: `settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname swapon swapoff
      quotactl quotactl_fd acct vhangup`,
  },
  { why: 'Ports of the hardware.', names: 'ioperm iopl modify_ldt' },
  {
    why: 'Placement of memory on the machine.',
    names: `mbind get_mempolicy set_mempolicy set_mempolicy_home_node migrate_pages move_pages
      remap_file_pages`,
  },
  {
    why: 'Left from old times.',
    names: `_sysctl sysfs uselib ustat nfsservctl afs_syscall getpmsg putpmsg security tuxcall vserver
      epoll_ctl_old epoll_wait_old`,
  },
];

const ENOSYS = 38;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET together. */
const NEW_NAMESPACES = 0x7e020000;
const FILE_TYPE = 0o170000;
const FILES = { regular: 0o100000, fifo: 0o010000, socket: 0o140000, unspecified: 0 };
const FAMILIES = { unix: 1, inet: 2, inet6: 10, netlink: 16 };
/** Linux as it is, and the question which one is in force. */
const PERSONALITIES = [0, 0xffffffff];

const equal = (/** @type {number} */ index, /** @type {number} */ value) => ({
  ...{ index, value, valueTwo: 0, op: 'SCMP_CMP_EQ' },
});
const masked = (
  /** @type {number} */ index,
  /** @type {number} */ value,
  /** @type {number} */ valueTwo,
) => ({
  ...{ index, value, valueTwo, op: 'SCMP_CMP_MASKED_EQ' },
});
const allow = (/** @type {string[]} */ names, /** @type {object[]} */ args = []) => ({
  ...{ names, action: 'SCMP_ACT_ALLOW', args },
});

/** Calls that are allowed with some arguments only. */
const LIMITED = [
  allow(['clone'], [masked(0, NEW_NAMESPACES, 0)]),
  // The C library then takes clone, whose flags a filter can see.
  { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS, args: [] },
  ...Object.values(FAMILIES).map((family) => allow(['socket'], [equal(0, family)])),
  ...PERSONALITIES.map((personality) => allow(['personality'], [equal(0, personality)])),
  ...Object.values(FILES).map((type) => allow(['mknod'], [masked(1, FILE_TYPE, type)])),
  ...Object.values(FILES).map((type) => allow(['mknodat'], [masked(2, FILE_TYPE, type)])),
];

const words = (/** @type {string} */ text) => text.split(/\s+/).filter(Boolean);

/** @param {string} root the folder of the project @returns {string} */
export function seccompProfile(root) {
  const file = path.join(root, 'deploy', 'seccomp', 'linux-syscalls.txt');
  const known = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /^\w+$/.test(line));
  const denied = DENIED.flatMap(({ names }) => words(names));
  const strange = denied.filter((name) => !known.includes(name));
  if (strange.length > 0) throw new Error(`not a system call: ${strange.join(', ')}`);
  const apart = new Set([...denied, ...LIMITED.flatMap(({ names }) => names)]);
  const profile = {
    defaultAction: 'SCMP_ACT_ERRNO',
    // Programs for 32 bits, whose calls have other numbers, are ended.
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'],
    syscalls: [allow(known.filter((name) => !apart.has(name))), ...LIMITED],
  };
  return `${JSON.stringify(profile, null, 2)}\n`;
}
