import { AppError } from '../../domain/errors.ts';
import type { ActionSource, ResolvedAction } from '../../ports/action-source.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ActionCache } from './action-cache.ts';
import { downloadArchive } from './action-download.ts';
import { type ActionLocation, type LocateActions, nameOf } from './launch-service.ts';

export interface ActionSourceDeps {
  readonly locate: LocateActions;
  readonly cache: ActionCache;
  readonly clock: Clock;
  readonly userAgent: string;
  /** The job's GitHub token, for archives whose answer brings none (protocol F.2). */
  readonly githubToken: string | null;
  /** `actions_use_bearer_token_for_codeload` of the job message. */
  readonly bearerForCodeload: boolean;
}

const LIMITS = { maxBytes: 1024 * 1024 * 1024, maxMembers: 200_000 };

/**
 * The actions of one job. An archive is read, also from the cache, only after the server has resolved
 * it for this very job: so a private one never reaches a job that may not have it.
 */
export function createActionSource(deps: ActionSourceDeps): ActionSource {
  const located = new Map<string, ActionLocation>();
  return {
    async resolve(references, signal) {
      if (references.length === 0) return [];
      const locations = await deps.locate(references, signal);
      return references.map((reference, at) => {
        const location = locations[at] as ActionLocation;
        located.set(keyOf({ ...reference, sha: location.sha }), location);
        const secrets = secretsOf(location.token);
        return { ...reference, sha: location.sha, secrets };
      });
    },
    async open(action, signal) {
      const location = located.get(keyOf(action));
      if (location === undefined) {
        throw new AppError('action-missing', `${nameOf(action)} was not resolved for this job`);
      }
      const { repository, sha, archiveUrl } = location;
      const entry = `${repository.toLowerCase().replace('/', '+')}+${sha}`;
      const request = {
        name: nameOf(action),
        url: archiveUrl,
        authorization: authorizationOf(deps, location),
        userAgent: deps.userAgent,
        limits: LIMITS,
      };
      const archive = await deps.cache.read(
        entry,
        (file, stop) => downloadArchive(deps.clock, request, file, stop),
        signal,
      );
      const cancel = () => archive.destroy(new AppError('cancelled', 'cancelled'));
      signal.addEventListener('abort', cancel, { once: true });
      archive.once('close', () => signal.removeEventListener('abort', cancel));
      return archive;
    },
  };
}

const keyOf = ({ repository, ref, sha }: Omit<ResolvedAction, 'secrets'>): string =>
  `${repository}@${ref}#${sha}`;

const basicOf = (token: string): string =>
  Buffer.from(`x-access-token:${token}`).toString('base64');

/** The token, and as it is sent (protocol G.11). */
const secretsOf = (token: string | null): string[] => (token ? [token, basicOf(token)] : []);

function authorizationOf(deps: ActionSourceDeps, location: ActionLocation): string | null {
  const token = location.token ?? deps.githubToken;
  if (!token) return null;
  const { host, pathname } = new URL(location.archiveUrl);
  const isCodeload = host.startsWith('codeload.') || pathname.startsWith('/_codeload/');
  return deps.bearerForCodeload && isCodeload ? `Bearer ${token}` : `Basic ${basicOf(token)}`;
}

/** For a job whose message names no server that could say what a reference stands for. */
export const noActions = (): ActionSource => ({
  resolve: async (references) => {
    if (references.length === 0) return [];
    const names = references.map(nameOf).join(', ');
    throw new AppError('action-missing', `The job does not say where its actions are: ${names}`);
  },
  open: async (action) => {
    throw new AppError('action-missing', `${nameOf(action)} was not resolved for this job`);
  },
});
