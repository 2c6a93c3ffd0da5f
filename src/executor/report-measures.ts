import type { ContainerUsage } from '../domain/container-usage.ts';
import type { EgressNote } from '../domain/egress.ts';
import { messageOf } from '../domain/errors.ts';
import type { JobState } from './job-state.ts';
import type { StepLog } from './step-log.ts';

/**
 * Asks the job's own container and the proxy of its network what the job used and where it went, and
 * says it in the log. A container that is gone tells nothing; the job's result does not depend on it.
 */
export async function reportMeasures(state: JobState, log: StepLog): Promise<void> {
  const { host } = state.execution;
  try {
    const usage = await host.usage?.();
    if (usage !== undefined) sayUsage(usage, log);
    const egress = (await host.containers?.egressNotes()) ?? [];
    sayRefused(egress, log);
    state.measures = {
      ...(usage === undefined ? {} : { usage }),
      ...(egress.length === 0 ? {} : { egress }),
    };
  } catch (error) {
    log.debug(`What the job used is not known: ${messageOf(error)}`);
  }
}

function sayUsage(usage: ContainerUsage, log: StepLog): void {
  void log.write("##[group]Resources used by the job's container");
  for (const line of usageLines(usage)) void log.write(line);
  void log.write('##[endgroup]');
}

const MIB = 1024 * 1024;

function usageLines(usage: ContainerUsage): string[] {
  const seconds = (value: number | null) => (value === null ? 'unknown' : `${value.toFixed(1)} s`);
  const size = (bytes: number | null) =>
    bytes === null ? 'unknown' : `${(bytes / MIB).toFixed(1)} MiB`;
  const kills = usage.outOfMemoryKills ?? 0;
  return [
    `Processor: ${seconds(usage.cpuSeconds)}, held back by its limit for ${seconds(usage.throttledSeconds)}`,
    `Memory: at most ${size(usage.memoryPeakBytes)}${kills > 0 ? `; processes ended for want of memory: ${kills}` : ''}`,
    // Not every kernel counts it.
    ...(usage.diskReadBytes === null && usage.diskWrittenBytes === null
      ? []
      : [`Disk: ${size(usage.diskReadBytes)} read, ${size(usage.diskWrittenBytes)} written`]),
    `Network: ${size(usage.networkReceivedBytes)} received, ${size(usage.networkSentBytes)} sent`,
  ];
}

function sayRefused(notes: readonly EgressNote[], log: StepLog): void {
  const refused = notes.filter(({ verdict }) => verdict === 'refused');
  if (refused.length === 0) return;
  void log.write('##[group]Refused by the network of this pool');
  for (const note of refused) void log.write(sentence(note));
  void log.write('##[endgroup]');
  const names = [...new Set(refused.map(({ name }) => name || 'a server without a name'))];
  log.warning(`The network of this pool refused: ${shorten(names)}`);
}

const sentence = ({ name, port, why }: EgressNote): string =>
  `${name || 'unnamed'}${port === null ? '' : `:${port}`}: ${why ?? 'refused'}`;

const MOST = 10;

const shorten = (names: readonly string[]): string =>
  names.length <= MOST
    ? names.join(', ')
    : `${names.slice(0, MOST).join(', ')} and ${names.length - MOST} more`;
