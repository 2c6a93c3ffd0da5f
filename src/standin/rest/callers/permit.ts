import { githubError, notForIntegrations, notFound, type Refusal } from '../../http/refusal.ts';
import type { Repository } from '../../state/model.ts';
import type { Access } from '../operation.ts';
import { type Caller, mayChange, mayRead } from './caller.ts';
import { grantsOf, isGranted } from './permissions.ts';

interface Wish {
  readonly access: Access;
  /** Whether the operation changes nothing. */
  readonly reads: boolean;
  /** The repository that the path names, if it names one. */
  readonly repository: Repository | null;
  /** Owner of the repository, or the organisation that the path names. */
  readonly account: string | null;
}

type Integration = Extract<Caller, { kind: 'job' | 'installation' }>;

const needsToken = (): Refusal => githubError(401, 'Requires authentication');

/** Permissions with which GitHub serves public repositories to anybody. */
const PUBLIC = /^(?:metadata|contents|actions|checks|statuses|pull_requests|deployments)=read$/;

/** Why a caller may not do an operation, as GitHub says it; null when it may. */
export function refusalFor(caller: Caller, wish: Wish): Refusal | null {
  const { access } = wish;
  if (access === 'anyone') return null;
  if (access === 'app') return forApps(caller);
  switch (caller.kind) {
    case 'owner':
      return access === 'installation' ? notForUsers() : null;
    case 'anonymous':
      return forNobody(wish);
    case 'app':
      return notForIntegrations();
    case 'job':
    case 'installation':
      return forIntegrations(caller, wish);
  }
}

function forApps(caller: Caller): Refusal | null {
  if (caller.kind === 'app') return null;
  return githubError(401, 'A JSON web token could not be decoded');
}

const notForUsers = (): Refusal =>
  githubError(
    403,
    'You must authenticate with an installation access token in order to list repositories for an installation.',
  );

function forNobody({ access, reads, repository }: Wish): Refusal | null {
  if (!reads || !PUBLIC.test(access)) return needsToken();
  return repository?.private === true ? notFound() : null;
}

function forIntegrations(caller: Integration, wish: Wish): Refusal | null {
  const { access, reads, repository } = wish;
  if (access === 'installation') {
    return caller.kind === 'installation' ? null : notForIntegrations();
  }
  if (access === 'user') return notForIntegrations();
  if (repository !== null && !mayRead(caller, repository)) return notFound();
  if (reads && PUBLIC.test(access) && !isOwn(caller, wish)) return null;
  return isOwn(caller, wish) && isGranted(grantsOf(caller), access) ? null : notForIntegrations();
}

/** Whether the operation is about what the caller belongs to: its repository or its organisation. */
function isOwn(caller: Integration, { repository, account }: Wish): boolean {
  if (repository !== null) return mayChange(caller, repository);
  if (caller.kind === 'job' || account === null) return true;
  return caller.installation.account.toLowerCase() === account.toLowerCase();
}
