/**
 * Why a queued job has no runner yet. The scheduler itself sets it (design 1.4), so the reason shown
 * is the reason that acted. Closed: the UI and the documentation name every code.
 */
export type WaitingReason =
  | { readonly code: 'not-decided' }
  | { readonly code: 'no-pool-for-labels'; readonly labels: readonly string[] }
  | { readonly code: 'pool-full'; readonly pool: string; readonly max: number }
  | { readonly code: 'host-full'; readonly pool: string; readonly detail: string }
  | { readonly code: 'host-down'; readonly host: string; readonly detail: string }
  | { readonly code: 'container-failed'; readonly pool: string; readonly detail: string }
  | { readonly code: 'github-refused'; readonly detail: string }
  | { readonly code: 'runner-starting'; readonly pool: string }
  | { readonly code: 'held-by-github' }
  | { readonly code: 'draining' };

/** One sentence for people. */
export function describeWaiting(reason: WaitingReason): string {
  switch (reason.code) {
    case 'not-decided':
      return 'The scheduler has not looked at this job yet.';
    case 'no-pool-for-labels':
      return `No pool offers all of its labels: ${reason.labels.join(', ')}.`;
    case 'pool-full':
      return `Pool ${reason.pool} runs its maximum of ${reason.max} jobs.`;
    case 'host-full':
      return `No host has room for a container of pool ${reason.pool}: ${reason.detail}`;
    case 'host-down':
      return `Docker host ${reason.host} does not answer: ${reason.detail}`;
    case 'container-failed':
      return `Pool ${reason.pool} could not make a container: ${reason.detail}`;
    case 'github-refused':
      return `GitHub refused the runner: ${reason.detail}`;
    case 'runner-starting':
      return `A runner of pool ${reason.pool} is starting.`;
    case 'held-by-github':
      return 'GitHub holds the job (environment protection or concurrency).';
    case 'draining':
      return 'The hub is stopping and takes no new jobs.';
  }
}
