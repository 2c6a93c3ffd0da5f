import { randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { StandinClock } from '../dependencies.ts';
import { idPath } from '../scheduler/tree.ts';
import { cacheRefs, type Job, type Runner } from '../state/model.ts';

/** The refs whose caches a job may read, and write: only its own (protocol F.7). */
const cacheScopes = ({ run }: Job) =>
  cacheRefs(run).map((ref) => ({ Scope: ref, Permission: ref === run.ref ? 3 : 1 }));

const RUNNER_SECONDS = 3000;
const JOB_SECONDS = 6 * 3600;
/** Of the tenant's administrators and of the message queues of scale sets. */
const TENANT_SECONDS = 3600;
const ISSUER = 'standin';

type Kind = 'runner' | 'job' | 'tenant' | 'queue';

/** What a tenant's token lets its holder do, and where (protocol A.3, H.1). */
export interface Tenant {
  readonly scope: string;
  readonly right: 'registration' | 'remove';
}

export type AccessTokens = ReturnType<typeof createAccessTokens>;

/** `{planId}.{job}.{jobName}`, which names a job in logs of the real service (protocol D.6). */
export const orchestrationId = (job: Job): string =>
  `${job.run.planId}.${idPath(job.group)}.${job.leg.jobName}`;

/** Tokens of runners and jobs: JWTs signed with a key that lives as long as the state. */
export function createAccessTokens(clock: StandinClock, key: () => Uint8Array) {
  const sign = (
    claims: Record<string, string>,
    subject: string,
    seconds: number,
  ): Promise<string> => {
    const now = Math.floor(clock.now() / 1000);
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(ISSUER)
      .setSubject(subject)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + seconds)
      .sign(key());
  };

  async function subjectOf(token: string | null, kind: Kind): Promise<string | null> {
    if (token === null) return null;
    try {
      const { payload } = await jwtVerify(token, key(), {
        issuer: ISSUER,
        currentDate: new Date(clock.now()),
      });
      return payload['kind'] === kind ? (payload.sub ?? null) : null;
    } catch {
      return null;
    }
  }

  return {
    runnerSeconds: RUNNER_SECONDS,
    forRunner: (runner: Runner) => sign({ kind: 'runner' }, String(runner.id), RUNNER_SECONDS),
    /** The job's token, with the claims that runner and toolkit read (protocol C.4). */
    forJob: (job: Job) =>
      sign(
        {
          kind: 'job',
          scp: `Actions.Results:${job.run.planId}:${job.backendId} Actions.GenericRead:00000000-0000-0000-0000-000000000000`,
          orch_id: orchestrationId(job),
          ac: JSON.stringify(cacheScopes(job)),
        },
        String(job.id),
        JOB_SECONDS,
      ),
    forTenant: ({ right, scope }: Tenant) =>
      sign({ kind: 'tenant' }, `${right}:${scope}`, TENANT_SECONDS),
    forQueue: (sessionId: string) => sign({ kind: 'queue' }, sessionId, TENANT_SECONDS),
    /** What a tenant's token stands for, or null for any other or one that has expired. */
    async tenant(token: string | null): Promise<Tenant | null> {
      const [right, scope] = (await subjectOf(token, 'tenant'))?.split(':') ?? [];
      if (scope === undefined) return null;
      return { right: right === 'remove' ? 'remove' : 'registration', scope };
    },
    /** The session of a scale set whose queue the token opens, or null as above. */
    queueSession: (token: string | null) => subjectOf(token, 'queue'),
    /** The runner's id, or null for a token that is not a runner's or has expired. */
    async runnerId(token: string | null): Promise<number | null> {
      const subject = await subjectOf(token, 'runner');
      return subject === null ? null : Number(subject);
    },
    /** The job's id, or null for a token that is not a job's or has expired. */
    async jobId(token: string | null): Promise<number | null> {
      const subject = await subjectOf(token, 'job');
      return subject === null ? null : Number(subject);
    },
  };
}
