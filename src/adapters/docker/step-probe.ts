import type Docker from 'dockerode';
import { AppError } from '../../domain/errors.ts';
import type { HostFacts, HostPaths } from '../../ports/step-host.ts';
import { EXTERNALS } from './engine-layout.ts';

/** Asks the container for what only it knows: one line per fact. Built-ins and `uname` only. */
export const PROBE = `uname -m
u=$(id -u)
h=/
while IFS=: read -r _ _ i _ _ d _; do [ "$i" = "$u" ] && { h=$d; break; }; done </etc/passwd
echo "$h"
for s in bash sh pwsh python python3; do p=$(command -v $s) && echo "$s=$p"; done
exit 0`;

export interface Probed {
  readonly facts: HostFacts;
  readonly paths: HostPaths;
}

export function readProbe(
  answer: string,
  container: Docker.ContainerInspectInfo,
  paths: Partial<HostPaths>,
): Probed {
  const [machine = '', home = '/', ...found] = answer.trimEnd().split('\n');
  const shellPaths = Object.fromEntries(found.map(splitVariable));
  const work = paths.work ?? `${home === '/' ? '' : home}/_work`;
  return {
    facts: {
      os: 'Linux',
      arch: architecture(machine),
      env: Object.fromEntries((container.Config.Env ?? []).map(splitVariable)),
      image: container.Config.Image,
      shells: Object.keys(shellPaths),
      shellPaths,
    },
    paths: {
      work,
      home: paths.home ?? home,
      temp: paths.temp ?? `${work}/_temp`,
      toolCache: paths.toolCache ?? `${work}/_tool`,
      actions: paths.actions ?? `${work}/_actions`,
      externals: paths.externals ?? EXTERNALS,
    },
  };
}

function architecture(machine: string): 'X64' | 'ARM64' {
  if (machine === 'x86_64') return 'X64';
  if (machine === 'aarch64' || machine === 'arm64') return 'ARM64';
  throw new AppError('docker-failed', `Jobs cannot run on the processor type '${machine}'`);
}

function splitVariable(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
