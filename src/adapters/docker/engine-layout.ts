import type { HostPaths } from '../../ports/step-host.ts';

/** Where the node runtimes are mounted, read-only. */
export const EXTERNALS = '/opt/runnerhub/externals';

/** Where things are in every job container, whatever its image (protocol G.5). */
export const CONTAINER_PATHS: HostPaths = {
  home: '/home/runner',
  work: '/home/runner/_work',
  temp: '/home/runner/_work/_temp',
  toolCache: '/home/runner/_work/_tool',
  actions: '/home/runner/_work/_actions',
  externals: EXTERNALS,
};

/** Those of them that belong to the step user and are there from the start. */
export const STEP_USER_FOLDERS: readonly string[] = Object.values(CONTAINER_PATHS).filter(
  (path) => path !== EXTERNALS,
);

/** Labels of everything we create at an engine. */
export const LABELS = {
  installation: 'com.runnerhub.installation',
  instance: 'com.runnerhub.instance',
  pool: 'com.runnerhub.pool',
  createdAt: 'com.runnerhub.created-at',
  /** On what a job has beside its own container: what it is for. */
  part: 'com.runnerhub.part',
  /** The name that a container shares with its network. */
  unit: 'com.runnerhub.unit',
  /** Names all that decides what the container is made of. */
  template: 'com.runnerhub.template',
  /** User that steps run as; the container's own user is root. */
  user: 'com.runnerhub.user',
  /** Most MiB that the job may write to the disk. */
  diskMb: 'com.runnerhub.disk-mb',
  /** Version of the node runtimes: on their volumes and on the containers that fill them. */
  externals: 'com.runnerhub.externals',
  /** On a pointer: the volume that is filled. */
  externalsVolume: 'com.runnerhub.externals-volume',
} as const;

/** What the label `part` says of the container that keeps the machine's firewall. */
export const GUARD_PART = 'guard';
