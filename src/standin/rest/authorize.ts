import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { githubError } from '../http/refusal.ts';
import { credentialOf } from '../http/request.ts';
import { fullName, type Job, type Repository } from '../state/model.ts';
import type { Store } from '../state/store.ts';

/** Who asks: the holder of the stand-in's token, who may do everything, or a job that runs. */
export type Caller = 'owner' | Job;

export type CallerOf = (credential: string | null) => Caller | null;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Tells whose a credential is: the stand-in's token, or the GITHUB_TOKEN of a job that runs. */
export function createCallerOf(token: string, store: Store): CallerOf {
  const wanted = digest(token);
  return (credential) => {
    if (credential === null) return null;
    if (timingSafeEqual(digest(credential), wanted)) return 'owner';
    if (!credential.startsWith('ghs_')) return null;
    const jobs = [...store.jobs.values()];
    const isItsToken = (job: Job): boolean =>
      job.status === 'in_progress' && job.githubToken === credential;
    return jobs.find(isItsToken) ?? null;
  };
}

/** Whether a caller may change a repository: jobs only their own. */
export const mayWrite = (caller: Caller | null, { owner, name }: Repository): boolean =>
  caller === 'owner' || (caller !== null && isOwn(caller, `${owner}/${name}`));

const isOwn = ({ run }: Job, repository: string): boolean =>
  fullName(run.repository).toLowerCase() === repository.toLowerCase();

/** Refuses strangers, and jobs what a GITHUB_TOKEN does not allow. */
export const authorizer =
  (callerOf: CallerOf): RequestHandler =>
  (request, _response, next) => {
    const credential = credentialOf(request);
    if (credential === null) throw githubError(401, 'Requires authentication');
    const caller = callerOf(credential);
    if (caller === null) throw githubError(401, 'Bad credentials');
    if (caller !== 'owner' && !isForJobs(caller, request)) {
      throw githubError(403, 'Resource not accessible by integration');
    }
    next();
  };

/** No permission that a workflow can ask for lets a token see these. */
const ADMINISTRATION = /^\/(?:repos\/[^/]+\/[^/]+|orgs\/[^/]+)\/(?:hooks|actions\/runners)(?:\/|$)/;

function isForJobs(job: Job, request: Request): boolean {
  // As the router compares paths: without regard to case.
  const path = `${request.baseUrl}${request.path}`.toLowerCase().replace(/^\/api\/v3(?=\/)/, '');
  if (path.startsWith('/_standin') || ADMINISTRATION.test(path)) return false;
  if (['GET', 'HEAD'].includes(request.method)) return true;
  const repository = /^\/repos\/([^/]+\/[^/]+)\//.exec(path)?.[1] ?? '';
  return isOwn(job, decodeURIComponent(repository));
}
