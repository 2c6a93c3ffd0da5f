import { notFound } from '../../http/refusal.ts';
import { type CheckRun, checkOfJob, checkOfStartup } from '../../state/checks.ts';
import type { Repository } from '../../state/model.ts';
import { numberOf, repositoryOf } from '../lookup.ts';
import type { Call } from '../operation.ts';

/** Check runs of a repository, oldest first: jobs that GitHub would show, and those of Apps. */
export function checksOf({ world: { store } }: Call, repository: Repository): readonly CheckRun[] {
  const jobs = [...store.jobs.values()].filter(
    (job) => job.run.repository === repository && job.status !== 'held',
  );
  const others = [...store.checkRuns.values()].filter((each) => each.repository === repository);
  const runs = [...store.runs.values()].filter((run) => run.repository === repository);
  return [...jobs.map(checkOfJob), ...runs.flatMap(checkOfStartup), ...others].toSorted(
    (a, b) => a.id - b.id,
  );
}

export function checkRunOf(call: Call): CheckRun {
  const id = numberOf(call, 'check_run_id');
  const check = checksOf(call, repositoryOf(call)).find((each) => each.id === id);
  if (check === undefined) throw notFound();
  return check;
}
