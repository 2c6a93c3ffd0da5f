import type { Request } from 'express';
import { notFound } from '../http/refusal.ts';
import { param } from '../http/request.ts';
import { jobsOf } from '../scheduler/tree.ts';
import { fullName, type Job, type Repository, type Run } from '../state/model.ts';
import type { Store } from '../state/store.ts';

/** The things that a path names; each is a 404 where there is none. */

export function repositoryOf(store: Store, request: Request): Repository {
  const repository = store.repository(param(request, 'owner'), param(request, 'repo'));
  if (repository === undefined) throw notFound();
  return repository;
}

/** `owner/name` or `owner`, from the path of a repository or an organisation. */
export function scopeOf(store: Store, request: Request): string {
  const organization = param(request, 'org');
  return organization === '' ? fullName(repositoryOf(store, request)) : organization;
}

export const sameScope = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase();

export function runOf(store: Store, request: Request): Run {
  const repository = repositoryOf(store, request);
  const run = store.runs.get(Number(param(request, 'id')));
  if (run?.repository !== repository) throw notFound();
  return run;
}

/** A job that GitHub would show: not one that max-parallel still holds back. */
export function jobOf(store: Store, request: Request): Job {
  const repository = repositoryOf(store, request);
  const job = store.jobs.get(Number(param(request, 'id')));
  if (job?.run.repository !== repository || job.status === 'held') throw notFound();
  return job;
}

export const visibleJobs = (run: Run): readonly Job[] =>
  jobsOf(run).filter((job) => job.status !== 'held');
