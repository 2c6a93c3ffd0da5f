import type { HostPaths } from '../../ports/step-host.ts';

/** Where things are in every job container, whatever its image (protocol G.5). */
export const CONTAINER_PATHS: HostPaths = {
  home: '/home/runner',
  work: '/home/runner/_work',
  temp: '/home/runner/_work/_temp',
  toolCache: '/home/runner/_work/_tool',
  actions: '/home/runner/_work/_actions',
};

/** Labels of everything we create at an engine. */
export const LABELS = {
  installation: 'com.runnerhub.installation',
  instance: 'com.runnerhub.instance',
  pool: 'com.runnerhub.pool',
  createdAt: 'com.runnerhub.created-at',
  /** The name that a container shares with its network. */
  unit: 'com.runnerhub.unit',
  /** User that steps run as; the container's own user is root. */
  user: 'com.runnerhub.user',
} as const;
