import { describe, expect, it } from 'vitest';
import { createTestClock } from '../../test/support/clocks.ts';
import { eventually } from '../../test/support/eventually.ts';
import { createRecordingLog } from '../../test/support/logs.ts';
import type { UnitHost } from '../ports/job-containers.ts';
import { watchDisk } from './job-disk.ts';

const MIB = 1024 * 1024;
const deps = () => ({ clock: createTestClock(1000), log: createRecordingLog() });

const onDisk = (disk: NonNullable<UnitHost['disk']>) => ({ disk }) as UnitHost;

/** A disk on which every look finds the next of these sizes, the last one for good. */
function aDisk(limitMb: number, ...sizesMb: number[]) {
  let looks = 0;
  const used = async () => (sizesMb[Math.min(looks++, sizesMb.length - 1)] ?? 0) * MIB;
  return { disk: { limitBytes: limitMb * MIB, used }, looks: () => looks };
}

describe('the watch over the disk of a job', () => {
  it('ends the job with the limit in its words', async () => {
    const { disk } = aDisk(100, 10, 99.9, 100.5);
    using watch = watchDisk(deps(), onDisk(disk));
    await eventually(() => watch.full.aborted, 'the end');
    expect(String(watch.full.reason)).toContain(
      'it had written 101 MiB to the disk, and its pool allows 100 MiB (diskMb)',
    );
  });

  it('lets a job use all that it may', async () => {
    const { disk, looks } = aDisk(100, 100);
    using watch = watchDisk(deps(), onDisk(disk));
    await eventually(() => looks() > 5, 'some looks');
    expect(watch.full.aborted).toBe(false);
  });

  it('stops looking when it is disposed, and when the container is gone', async () => {
    const { disk, looks } = aDisk(100, 1);
    const watch = watchDisk(deps(), onDisk(disk));
    await eventually(() => looks() > 1, 'some looks');
    watch[Symbol.dispose]();
    const until = looks() + 1;
    await Promise.resolve();
    expect(looks()).toBeLessThanOrEqual(until);
    const gone = { limitBytes: 1, used: () => Promise.reject(new Error('gone')) };
    using other = watchDisk(deps(), onDisk(gone));
    expect(other.full.aborted).toBe(false);
  });
});
