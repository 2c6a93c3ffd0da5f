import type { App, Installation, InstallationToken } from '../../state/apps.ts';
import { coversRepository } from '../../state/apps.ts';
import { fullName, type Job, type Repository } from '../../state/model.ts';

/** Who asks. */
export type Caller =
  | { readonly kind: 'anonymous' }
  /** The holder of the stand-in's token, who may do everything. */
  | { readonly kind: 'owner' }
  /** A job that runs, by its GITHUB_TOKEN. */
  | { readonly kind: 'job'; readonly job: Job }
  /** A GitHub App about itself, by a token that it signed. */
  | { readonly kind: 'app'; readonly app: App }
  | {
      readonly kind: 'installation';
      readonly installation: Installation;
      readonly token: InstallationToken;
    };

/** Tells whose a credential is; null for one that is nobody's. */
export type CallerOf = (credential: string | null) => Promise<Caller | null>;

const isSame = (one: Repository, other: Repository): boolean =>
  fullName(one).toLowerCase() === fullName(other).toLowerCase();

/** A job reads every repository, for the sake of actions in private ones. */
export function mayRead(caller: Caller, repository: Repository): boolean {
  switch (caller.kind) {
    case 'owner':
    case 'job':
      return true;
    case 'installation':
      return !repository.private || coversRepository(caller, repository);
    case 'anonymous':
    case 'app':
      return !repository.private;
  }
}

/** Whether a repository is the caller's own, as far as permissions then let it change it. */
export function mayChange(caller: Caller, repository: Repository): boolean {
  switch (caller.kind) {
    case 'owner':
      return true;
    case 'job':
      return isSame(caller.job.run.repository, repository);
    case 'installation':
      return coversRepository(caller, repository);
    case 'anonymous':
    case 'app':
      return false;
  }
}
