import { isRecord, toText } from '../actions/expressions.ts';
import { ACTION_PATHS } from '../ports/job-containers.ts';
import type { StepHost } from '../ports/step-host.ts';
import { placesIn } from './create-job-state.ts';
import type { JobState } from './job-state.ts';

/** Whether steps run in the container that `container:` asked for. */
export const isInOwnContainer = (state: JobState): boolean => state.host !== state.execution.host;

/** Lets the steps run in another host from now on; contexts name its folders (protocol G.15, 7). */
export function moveTo(state: JobState, host: StepHost): void {
  const { github } = state.scope;
  state.host = host;
  const places = placesIn(host.paths, toText(github['repository'] ?? null));
  const eventFile = isInOwnContainer(state)
    ? `${ACTION_PATHS.workflow}/event.json`
    : places.eventFile;
  state.places = { ...places, eventFile };
  github['workspace'] = places.workspace;
  github['event_path'] = eventFile;
  const runner = state.fixed['runner'];
  state.fixed['runner'] = {
    ...(isRecord(runner) ? runner : {}),
    temp: host.paths.temp,
    tool_cache: host.paths.toolCache,
    workspace: places.pipeline,
  };
}

/** A path of the job's own container, as the host of the steps names it. */
export function pathHere(state: JobState, path: string): string {
  const { work } = state.execution.host.paths;
  return path.startsWith(`${work}/`) ? `${state.host.paths.work}${path.slice(work.length)}` : path;
}

/** Throws where the job's container was to be started and was not: nothing may run elsewhere instead. */
export function hostOfSteps(state: JobState): StepHost {
  if (state.wishes.container === null || isInOwnContainer(state)) return state.host;
  throw new Error('The container of this job was not started.');
}
