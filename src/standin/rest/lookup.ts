import { notFound } from '../http/refusal.ts';
import { param } from '../http/request.ts';
import { jobsOf } from '../scheduler/tree.ts';
import { fullName, type Job, type Repository, type Run } from '../state/model.ts';
import { enterpriseScope } from '../state/runner-groups.ts';
import type { Call } from './operation.ts';

/** The things that a path names; each is a 404 where there is none. */

type Named = Pick<Call, 'request' | 'world'>;

export const numberOf = ({ request }: Pick<Call, 'request'>, name: string): number =>
  Number(param(request, name));

export function repositoryOf({ world, request }: Named): Repository {
  const repository = world.store.repository(param(request, 'owner'), param(request, 'repo'));
  if (repository === undefined) throw notFound();
  return repository;
}

export const pathOf = ({ repositories }: Call['world'], { owner, name }: Repository): string =>
  repositories.pathOf(owner, name);

/** `owner/name`, `owner` or `enterprises/slug`, by what the path names. */
export function scopeOf(call: Named): string {
  const organization = param(call.request, 'org');
  if (organization !== '') return organization;
  const enterprise = param(call.request, 'enterprise');
  return enterprise === '' ? fullName(repositoryOf(call)) : enterpriseScope(enterprise);
}

export const sameScope = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase();

export function runOf(call: Named, name = 'run_id'): Run {
  const repository = repositoryOf(call);
  const run = call.world.store.runs.get(numberOf(call, name));
  if (run?.repository !== repository) throw notFound();
  return run;
}

/** A job that GitHub would show: not one that max-parallel still holds back. */
export function jobOf(call: Named, name = 'job_id'): Job {
  const repository = repositoryOf(call);
  const job = call.world.store.jobs.get(numberOf(call, name));
  if (job?.run.repository !== repository || job.status === 'held') throw notFound();
  return job;
}

export const visibleJobs = (run: Run): readonly Job[] =>
  jobsOf(run).filter((job) => job.status !== 'held');
