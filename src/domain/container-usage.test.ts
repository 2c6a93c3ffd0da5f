import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUsage, USAGE_FILES, usageSince } from './container-usage.ts';

const DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    5000      10    0    0    0     0          0         0     5000      10    0    0    0     0       0          0
  eth0: 1234567     900    0    0    0     0          0         0    76543     800    0    0    0     0       0          0
`;

describe('the usage of a container', () => {
  it('is read from control groups of the second generation', () => {
    expect(
      readUsage({
        '/sys/fs/cgroup/cpu.stat': 'usage_usec 2500000\nuser_usec 1\nthrottled_usec 500000\n',
        '/sys/fs/cgroup/memory.peak': '104857600\n',
        '/sys/fs/cgroup/memory.events': 'low 0\noom 2\noom_kill 1\n',
        '/sys/fs/cgroup/io.stat':
          '8:0 rbytes=100 wbytes=200 rios=1\n259:1 rbytes=1 wbytes=2 rios=1\n',
        '/proc/net/dev': DEV,
      }),
    ).toEqual({
      cpuSeconds: 2.5,
      throttledSeconds: 0.5,
      memoryPeakBytes: 104_857_600,
      outOfMemoryKills: 1,
      diskReadBytes: 101,
      diskWrittenBytes: 202,
      networkReceivedBytes: 1_234_567,
      networkSentBytes: 76_543,
    });
  });

  it('is read from those of the first', () => {
    expect(
      readUsage({
        '/sys/fs/cgroup/cpuacct/cpuacct.usage': '2500000000\n',
        '/sys/fs/cgroup/cpu/cpu.stat': 'nr_periods 5\nnr_throttled 3\nthrottled_time 250000000\n',
        '/sys/fs/cgroup/memory/memory.max_usage_in_bytes': '4096\n',
        '/sys/fs/cgroup/memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n',
        '/sys/fs/cgroup/blkio/blkio.throttle.io_service_bytes':
          '254:0 Read 100\n254:0 Write 200\n254:0 Total 300\nTotal 300\n',
      }),
    ).toMatchObject({
      cpuSeconds: 2.5,
      throttledSeconds: 0.25,
      memoryPeakBytes: 4096,
      outOfMemoryKills: 3,
      diskReadBytes: 100,
      diskWrittenBytes: 200,
      networkReceivedBytes: null,
    });
  });

  it('knows nothing of the disk where the kernel counts nothing', () => {
    const file = '/sys/fs/cgroup/blkio/blkio.throttle.io_service_bytes';
    expect(readUsage({ [file]: 'Total 0\n' }).diskWrittenBytes).toBeNull();
  });

  it('leaves out what was used before the job, but for the peak', () => {
    const at = (cpu: string, peak: string) =>
      readUsage({
        '/sys/fs/cgroup/cpu.stat': `usage_usec ${cpu}\n`,
        '/sys/fs/cgroup/memory.peak': peak,
      });
    expect(usageSince(at('1000000', '100'), at('3500000', '900'))).toMatchObject({
      cpuSeconds: 2.5,
      memoryPeakBytes: 900,
      outOfMemoryKills: null,
    });
  });

  it('any content is read without harm, and never as a wrong number', () => {
    const files = fc.dictionary(fc.constantFrom(...USAGE_FILES), fc.string());
    fc.assert(
      fc.property(files, (content) => {
        for (const value of Object.values(readUsage(content))) {
          expect(value === null || value >= 0).toBe(true);
        }
      }),
    );
  });
});
