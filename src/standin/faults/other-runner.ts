import { fullName, type Job, type Runner } from '../state/model.ts';
import type { Faults } from './faults.ts';

/** Gives a job to another runner that could take it than to the one that comes first, as the faults say. */
export const otherRunner =
  (faults: Faults) =>
  (job: Job, chosen: Runner, alike: () => readonly Runner[]): Runner => {
    if (!faults.has('other-runner')) return chosen;
    const other = alike().findLast((runner) => runner !== chosen);
    if (other === undefined) return chosen;
    const repository = fullName(job.run.repository);
    const chance = { repository, runner: chosen.name, place: 'offer', subject: String(job.id) };
    return faults.at(['other-runner'], chance).length > 0 ? other : chosen;
  };
