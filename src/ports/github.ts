import type { RunFacts } from '../domain/fork-origin.ts';
import type { JobReport } from '../domain/job-lifecycle.ts';

export interface JitRequest {
  /** `owner/name` for a repository runner, `owner` for an organisation runner. */
  readonly scope: string;
  readonly name: string;
  readonly labels: readonly string[];
  readonly runnerGroupId: number;
}

export interface JitRunner {
  readonly githubId: number;
  /** Base64 of the three configuration files (protocol A.2). Holds a private key: never log it. */
  readonly encodedJitConfig: string;
}

/**
 * GitHub's REST API as far as the hub uses it. Throws `AppError`: `github-unreachable` (retryable),
 * `github-refused`, `runner-name-taken` (409: the answer to an earlier try may have been lost),
 * `not-found`.
 */
export interface GitHub {
  /** `POST {scope}/actions/runners/generate-jitconfig` (protocol A.1). */
  createJitRunner(request: JitRequest, signal: AbortSignal): Promise<JitRunner>;
  /** `DELETE {scope}/actions/runners/{id}`. `busy` means that GitHub says it has a job. */
  removeRunner(scope: string, githubId: number): Promise<'removed' | 'absent' | 'busy'>;
  /** `GET /repos/{repository}/actions/jobs/{id}`; null when it is unknown there. */
  getJob(repository: string, workflowJobId: number): Promise<JobReport | null>;
  /** `GET /repos/{repository}/actions/runs/{id}`; null when it is unknown there. */
  getRun(repository: string, runId: number): Promise<RunFacts | null>;
  /** Checks that the API answers and accepts our credentials; says as whom. */
  whoAmI(): Promise<string>;
}
