/** What a job's own container has used, from its start to now. Null: not known on that machine. */
export interface ContainerUsage {
  readonly cpuSeconds: number | null;
  /** Time in which it could have run but had used up its share. */
  readonly throttledSeconds: number | null;
  /** The most at once, as the kernel kept it: also that of a moment. Files in the cache count. */
  readonly memoryPeakBytes: number | null;
  /** Processes that the kernel ended for want of memory. */
  readonly outOfMemoryKills: number | null;
  readonly diskReadBytes: number | null;
  readonly diskWrittenBytes: number | null;
  readonly networkReceivedBytes: number | null;
  readonly networkSentBytes: number | null;
}

/** The files that tell it, of both generations of control groups, and of the network. */
export const USAGE_FILES: readonly string[] = [
  '/sys/fs/cgroup/cpu.stat',
  '/sys/fs/cgroup/memory.peak',
  '/sys/fs/cgroup/memory.events',
  '/sys/fs/cgroup/io.stat',
  '/sys/fs/cgroup/cpuacct/cpuacct.usage',
  '/sys/fs/cgroup/cpu/cpu.stat',
  '/sys/fs/cgroup/memory/memory.max_usage_in_bytes',
  '/sys/fs/cgroup/memory/memory.oom_control',
  '/sys/fs/cgroup/blkio/blkio.throttle.io_service_bytes',
  '/proc/net/dev',
];

const NANO = 1e9;
const MICRO = 1e6;

/** Reads the content of those files, by path; what is missing or strange is null. */
export function readUsage(files: Readonly<Record<string, string>>): ContainerUsage {
  const at = (name: string): string => files[`/sys/fs/cgroup/${name}`] ?? '';
  const own = numberIn(at('cpu.stat'), 'usage_usec');
  const second = own !== null;
  const network = interfacesIn(files['/proc/net/dev'] ?? '');
  return {
    cpuSeconds: second ? own / MICRO : scaled(wholeNumber(at('cpuacct/cpuacct.usage')), NANO),
    throttledSeconds: second
      ? scaled(numberIn(at('cpu.stat'), 'throttled_usec'), MICRO)
      : scaled(numberIn(at('cpu/cpu.stat'), 'throttled_time'), NANO),
    memoryPeakBytes:
      wholeNumber(at('memory.peak')) ?? wholeNumber(at('memory/memory.max_usage_in_bytes')),
    outOfMemoryKills:
      numberIn(at('memory.events'), 'oom_kill') ??
      numberIn(at('memory/memory.oom_control'), 'oom_kill'),
    diskReadBytes: diskBytes(at, 'rbytes', 'Read'),
    diskWrittenBytes: diskBytes(at, 'wbytes', 'Write'),
    networkReceivedBytes: network?.received ?? null,
    networkSentBytes: network?.sent ?? null,
  };
}

const wholeNumber = (text: string): number | null => (/^\d+\s*$/.test(text) ? Number(text) : null);

const scaled = (value: number | null, by: number): number | null =>
  value === null ? null : value / by;

function numberIn(text: string, key: string): number | null {
  const found = new RegExp(`^${key} (\\d+)$`, 'm').exec(text)?.[1];
  return found === undefined ? null : Number(found);
}

/**
 * By device: `8:0 rbytes=1 wbytes=2 …` in the second generation, `8:0 Read 1` in the first. Kernels that
 * count nothing for the first name no device there.
 */
function diskBytes(at: (name: string) => string, second: string, first: string): number | null {
  const sum = (text: string, pattern: RegExp): number | null => {
    const found = [...text.matchAll(pattern)].map(([, bytes]) => Number(bytes));
    return found.length === 0 ? null : found.reduce((all, bytes) => all + bytes, 0);
  };
  return (
    sum(at('io.stat'), new RegExp(`^\\d+:\\d+ .*\\b${second}=(\\d+)`, 'gm')) ??
    sum(
      at('blkio/blkio.throttle.io_service_bytes'),
      new RegExp(`^\\d+:\\d+ ${first} (\\d+)$`, 'gm'),
    )
  );
}

function interfacesIn(text: string): { received: number; sent: number } | null {
  if (text === '') return null;
  let received = 0;
  let sent = 0;
  for (const line of text.split('\n')) {
    const [, name, numbers = ''] = /^\s*([^:\s]+):((?:\s*\d+){16})\s*$/.exec(line) ?? [];
    if (name === undefined || name === 'lo') continue;
    const columns = numbers.trim().split(/\s+/).map(Number);
    received += columns[0] ?? 0;
    sent += columns[8] ?? 0;
  }
  return { received, sent };
}

/** What was used since `before`; the peak is that of the whole life. */
export function usageSince(before: ContainerUsage, now: ContainerUsage): ContainerUsage {
  const since = (name: keyof ContainerUsage): number | null => {
    const [from, to] = [before[name], now[name]];
    return from === null || to === null ? to : Math.max(0, to - from);
  };
  return {
    cpuSeconds: since('cpuSeconds'),
    throttledSeconds: since('throttledSeconds'),
    memoryPeakBytes: now.memoryPeakBytes,
    outOfMemoryKills: since('outOfMemoryKills'),
    diskReadBytes: since('diskReadBytes'),
    diskWrittenBytes: since('diskWrittenBytes'),
    networkReceivedBytes: since('networkReceivedBytes'),
    networkSentBytes: since('networkSentBytes'),
  };
}
