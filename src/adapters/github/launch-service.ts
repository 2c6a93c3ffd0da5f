import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { ActionReference } from '../../ports/action-source.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Http, type HttpReply, succeeded } from './http.ts';
import { ACTION_RETRIES, retrying } from './retry.ts';

/** Where the archive of a reference is. */
export interface ActionLocation {
  /** `owner/name` after renames. */
  readonly repository: string;
  readonly sha: string;
  /** May be signed: never log it. */
  readonly archiveUrl: string;
  /** For the download; null where the answer has none. */
  readonly token: string | null;
}

/** One location per reference, in their order. */
export type LocateActions = (
  references: readonly ActionReference[],
  signal: AbortSignal,
) => Promise<readonly ActionLocation[]>;

export interface LaunchDeps {
  readonly http: Http;
  readonly clock: Clock;
  /** `system.github.launch_endpoint`. */
  readonly endpoint: string;
  /** The job's access token. */
  readonly token: string;
  readonly planId: string;
  readonly jobId: string;
  /** The lock file entries of the job message (protocol D.1). */
  readonly dependencies: readonly string[];
}

const TIMEOUT_MS = 100_000;
const WHAT = 'resolving actions';

const found = z.looseObject({
  resolved_name: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
  resolved_sha: z.string().regex(/^[0-9a-f]{40,64}$/i),
  tar_url: z.url({ protocol: /^https?$/ }),
  authentication: z.looseObject({ token: z.string().nullish() }).nullish(),
});
const answer = z.looseObject({ actions: z.record(z.string(), found) });
const problems = z.looseObject({
  errors: z.record(z.string(), z.looseObject({ message: z.string() })),
});

export const nameOf = ({ repository, ref }: ActionReference): string => `${repository}@${ref}`;

/** Asks the launch service what the references stand for (protocol F.1). */
export function launchService(deps: LaunchDeps): LocateActions {
  const { endpoint, planId, jobId, dependencies } = deps;
  // Absolute on the host: a base path of the endpoint does not count.
  const path = `/actions/build/${planId}/jobs/${jobId}/runnerresolve/actions`;
  const url = new URL(path, endpoint).toString();
  return async (references, signal) => {
    const body = JSON.stringify({
      actions: references.map(({ repository, ref }) => ({
        action: repository,
        version: ref,
        path: '',
      })),
      ...(dependencies.length === 0 ? {} : { actions_dependencies: dependencies }),
    });
    const reply = await retrying(deps.clock, ACTION_RETRIES, signal, async () => {
      const reply = await deps.http({
        what: WHAT,
        method: 'POST',
        url,
        headers: {
          Accept: 'application/json',
          Authorization: `Bearer ${deps.token}`,
          'Content-Type': 'application/json',
        },
        body,
        timeoutMs: TIMEOUT_MS,
        signal,
      });
      if (!succeeded(reply)) throw refused(reply);
      return reply;
    });
    return readAnswer(reply, references);
  };
}

function refused(reply: HttpReply): AppError {
  if (reply.status === 422) {
    const said = problems.safeParse(reply.json);
    const messages = said.success ? Object.values(said.data.errors) : [];
    const text = messages.map(({ message }) => message).join('. ');
    return new AppError('action-missing', text || 'The actions of this job cannot be resolved');
  }
  const limited = ' (GitHub has reached an internal rate limit, please try again later)';
  const detail = `Failed to resolve action download info: status ${reply.status}`;
  return new AppError('github-unreachable', `${detail}${reply.status === 429 ? limited : ''}`, {
    retryable: reply.status !== 429,
  });
}

/** Keys are compared without regard to case (protocol F.1). */
function readAnswer(
  reply: HttpReply,
  references: readonly ActionReference[],
): readonly ActionLocation[] {
  const read = answer.safeParse(reply.json);
  if (!read.success) {
    throw new AppError('github-unreachable', `${WHAT}: the answer has an unknown shape`);
  }
  const byName = new Map(
    Object.entries(read.data.actions).map(([key, each]) => [key.toLowerCase(), each]),
  );
  return references.map((reference) => {
    const there = byName.get(nameOf(reference).toLowerCase());
    if (there === undefined) {
      throw new AppError('action-missing', `Missing download info for ${nameOf(reference)}`);
    }
    return {
      repository: there.resolved_name,
      sha: there.resolved_sha.toLowerCase(),
      archiveUrl: there.tar_url,
      token: there.authentication?.token || null,
    };
  });
}
