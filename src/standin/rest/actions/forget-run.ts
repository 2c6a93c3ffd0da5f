import { forget } from '../../results/artifacts.ts';
import { jobLogName } from '../../results/blobs.ts';
import type { Run } from '../../state/model.ts';
import type { RestWorld } from '../world.ts';

type World = Pick<RestWorld, 'store' | 'blobs'>;

/** Forgets a run with its jobs, logs and artifacts. */
export async function forgetRun(world: World, run: Run): Promise<void> {
  const { store } = world;
  const artifacts = [...store.artifacts.values()].filter(({ job }) => job.run.id === run.id);
  store.runs.delete(run.id);
  for (const artifact of artifacts) await forget(world, artifact);
  await forgetLogs(world, run);
  for (const job of [...store.jobs.values()].filter((each) => each.run.id === run.id)) {
    store.jobs.delete(job.id);
    store.jobsByBackendId.delete(job.backendId);
  }
}

export async function forgetLogs({ store, blobs }: World, run: Run): Promise<void> {
  for (const job of store.jobs.values()) {
    if (job.run.id === run.id) await blobs.remove(jobLogName(job));
  }
}
