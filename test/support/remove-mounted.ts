import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

/**
 * Removes the folder of a Docker Engine that has ended: its network namespace, or the data of one that
 * never came up, may still be mounted there.
 */
export function removeMounted(dir: string): void {
  const mounted = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((place) => place.startsWith(`${dir}/`));
  for (const place of mounted.reverse()) {
    spawnSync('umount', ['--lazy', place], { stdio: 'ignore' });
  }
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
}
