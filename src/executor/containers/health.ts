import type { JobContainers, RunningContainer } from '../../ports/job-containers.ts';
import type { RecordLog } from '../job-record.ts';
import type { JobState } from '../job-state.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

interface Wait {
  readonly state: JobState;
  readonly containers: JobContainers;
  readonly log: RecordLog;
  readonly stop: AbortSignal;
}

/**
 * Waits until every service that has a health check says that it is well; how long is the check's own
 * affair (protocol G.15, 9). Throws when one is not well.
 */
export async function awaitServices(
  wait: Wait,
  services: ReadonlyMap<string, RunningContainer>,
): Promise<void> {
  const unwell: string[] = [];
  for (const [name, service] of services) {
    if (!(await isWell(wait, name, service))) unwell.push(name);
  }
  if (unwell.length > 0) {
    throw new Error(
      `One or more service containers failed to start: ${unwell.join(', ')}. Their logs are in "Stop containers".`,
    );
  }
}

async function isWell(
  { state, containers, log, stop }: Wait,
  name: string,
  service: RunningContainer,
): Promise<boolean> {
  for (let ms = FIRST_WAIT_MS; ; ms = Math.min(ms * 2, LONGEST_WAIT_MS)) {
    const health = await containers.health(service);
    switch (health) {
      case 'starting':
        void log.write(
          `${name} service is starting, waiting ${ms / 1000} seconds before checking again.`,
        );
        await state.execution.clock.sleep(ms, stop);
        stop.throwIfAborted();
        break;
      case 'unhealthy':
        log.error(`Failed to initialize, ${name} service is unhealthy.`);
        return false;
      case 'ended': // nobody has said how it should be (protocol G.15, 5)
        log.warning(`The service '${name}' has ended already.`);
        return true;
      default:
        void log.write(`${name} service is ${health === 'healthy' ? 'healthy' : 'running'}.`);
        return true;
    }
  }
}
