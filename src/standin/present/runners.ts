import type { StandinClock } from '../dependencies.ts';
import type { Runner } from '../state/model.ts';

/** A runner that has not polled for so long is offline: a poll is held 50 seconds (protocol K). */
const OFFLINE_AFTER_MS = 90_000;

/** What registration by `config.sh` gives a runner (protocol A.3). */
const READ_ONLY = ['self-hosted', 'linux', 'macos', 'windows', 'x86', 'x64', 'arm', 'arm64'];

export const isReadOnlyLabel = (label: string): boolean => READ_ONLY.includes(label.toLowerCase());

export const isOnline = (runner: Runner, clock: StandinClock): boolean =>
  runner.session !== null && clock.now() - runner.session.lastSeenAt < OFFLINE_AFTER_MS;

export const labelsJson = ({ labels }: Runner) =>
  labels.map((name, index) => ({
    id: index + 1,
    name,
    type: isReadOnlyLabel(name) ? 'read-only' : 'custom',
  }));

/** A runner as REST shows it (protocol A.1). */
export const runnerJson = (runner: Runner, clock: StandinClock) => ({
  id: runner.id,
  name: runner.name,
  os: runner.os ?? 'unknown',
  status: isOnline(runner, clock) ? 'online' : 'offline',
  busy: runner.jobId !== null,
  ephemeral: runner.ephemeral,
  runner_group_id: runner.groupId,
  labels: labelsJson(runner),
});
