import type { ContainerWish } from '../../actions/container-wish.ts';
import { isAppError } from '../../domain/errors.ts';
import type { Forward, JobContainers, RunningContainer } from '../../ports/job-containers.ts';
import { ACTION_PATHS } from '../../ports/job-containers.ts';
import type { JobRecord, RecordLog } from '../job-record.ts';
import { moveTo } from '../job-site.ts';
import type { JobState } from '../job-state.ts';
import { runQuietly } from '../quiet-command.ts';
import { awaitServices } from './health.ts';
import { assignPorts } from './ports.ts';

type Services = Map<string, RunningContainer>;

/** "Initialize containers", where a job has any (protocol G.1, 4). */
export function initializeRecords(state: JobState): JobRecord[] {
  const { container, services } = state.wishes;
  if (container === null && services.size === 0) return [];
  const number = ++state.lastNumber;
  return [
    {
      kind: 'runner',
      record: { id: state.execution.newId(), number, name: 'Initialize containers' },
      actionName: 'initialize_containers',
      runsWhen: (status) => status === 'success',
      work: (log, stop) => initialize(state, log, stop),
    },
  ];
}

/** The containers of this job, or a message why there are none. */
export function containersOf(state: JobState): JobContainers {
  const { containers } = state.execution.host;
  if (containers !== undefined) return containers;
  throw new Error("This runner cannot start containers beside the job's own.");
}

async function initialize(state: JobState, log: RecordLog, stop: AbortSignal): Promise<void> {
  const containers = containersOf(state);
  const running: Services = new Map();
  registerStop(state, containers, running);
  await shareFolders(state);
  const { container, services } = state.wishes;
  await pullAll(
    containers,
    [...(container === null ? [] : [container]), ...services.values()],
    log,
    stop,
  );
  if (container !== null) await startForSteps(state, containers, container, log);
  const forwards = assignPorts(services);
  for (const [alias, wish] of services) {
    stop.throwIfAborted();
    void log.write(`Starting service container '${alias}' from ${wish.image}`);
    running.set(alias, await containers.startService(alias, wish));
  }
  noteServices(state, containers, running, forwards);
  if (container === null) await containers.forward(forwards);
  await awaitServices({ state, containers, log, stop }, running);
}

/** Before the first start, so that it runs whatever comes of this (protocol G.1, 7). */
function registerStop(state: JobState, containers: JobContainers, running: Services): void {
  state.posts.register(state, state.execution.newId(), 'Stop containers', (record) => ({
    kind: 'runner',
    record,
    actionName: 'stop_containers',
    runsWhen: () => true,
    work: async (log) => {
      for (const [alias, service] of running) await logService(containers, alias, service, log);
      moveTo(state, state.execution.host);
      await containers.end();
    },
  }));
}

async function logService(
  containers: JobContainers,
  alias: string,
  service: RunningContainer,
  log: RecordLog,
): Promise<void> {
  void log.write(`##[group]Print service container logs: ${alias}`);
  const text = await containers.log(service);
  for (const line of text.split(/\r?\n/).filter((each) => each !== '')) await log.write(line);
  void log.write('##[endgroup]');
}

/** Images have users of their own, and what they write in these folders is the job's (protocol G.15). */
async function shareFolders(state: JobState): Promise<void> {
  const { host } = state.execution;
  const home = `${host.paths.temp}/_github_home`;
  await host.makeFolders([home, state.places.fileCommands]);
  await runQuietly(state, ['chmod', '-R', 'a+rwX', host.paths.work]);
}

async function pullAll(
  containers: JobContainers,
  wishes: readonly ContainerWish[],
  log: RecordLog,
  stop: AbortSignal,
): Promise<void> {
  for (const { image, credentials } of wishes) {
    void log.write(`Getting image ${image}`);
    await containers.pull(image, credentials, stop);
  }
}

async function startForSteps(
  state: JobState,
  containers: JobContainers,
  wish: ContainerWish,
  log: RecordLog,
): Promise<void> {
  void log.write(`Starting job container from ${wish.image}`);
  const { id, host } = await containers.startForSteps(wish).catch((error: unknown) => {
    throw isAppError(error, 'container-lost') ? new Error(endedAtOnce(wish.image, error)) : error;
  });
  state.jobContext['container'] = { id, network: containers.network };
  moveTo(state, host);
  void log.write(`Steps run in ${state.places.workspace}, with ${ACTION_PATHS.home} as home`);
}

const endedAtOnce = (image: string, error: Error): string =>
  `The image '${image}' cannot hold the steps, it needs the programs sh and tail: ${error.message}`;

/** `job.services` (protocol G.15, 9). */
function noteServices(
  state: JobState,
  { network }: JobContainers,
  running: Services,
  forwards: readonly Forward[],
): void {
  state.jobContext['services'] = Object.fromEntries(
    [...running].map(([name, { id }]) => {
      const own = forwards.filter(({ alias }) => alias === name);
      const ports = own.map(({ servicePort, port }) => [String(servicePort), String(port)]);
      return [name, { id, network, ports: Object.fromEntries(ports) }];
    }),
  );
}
