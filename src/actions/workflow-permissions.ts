import { evaluateToken, keyText, pairsOf, type TemplateToken } from './template-token.ts';
import type { Position } from './workflow-model.ts';
import type { WorkflowTree } from './workflow-tree.ts';

export type Access = 'none' | 'read' | 'write';

/** What a GITHUB_TOKEN may do, by scope; a scope that is not named is closed. */
export type Permissions = Readonly<Record<string, Access>>;

/** Scopes of `permissions`, with the most that a token gets without being asked (GitHub's table). */
const SCOPES: Readonly<Record<string, Access>> = {
  actions: 'write',
  'artifact-metadata': 'write',
  attestations: 'write',
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  discussions: 'write',
  'id-token': 'none',
  issues: 'write',
  models: 'read',
  packages: 'write',
  pages: 'write',
  'pull-requests': 'write',
  'repository-projects': 'write',
  'security-events': 'write',
  statuses: 'write',
};

const LEVELS: readonly Access[] = ['none', 'read', 'write'];
const atMost = (access: Access, limit: Access): Access =>
  LEVELS.indexOf(access) <= LEVELS.indexOf(limit) ? access : limit;

const every = (choose: (access: Access, scope: string) => Access): Permissions =>
  Object.fromEntries(
    Object.entries(SCOPES).map(([scope, access]) => [scope, choose(access, scope)]),
  );

/** Everything that a workflow may ask for. */
const ALL: Permissions = every((_access, scope) => (scope === 'models' ? 'read' : 'write'));

/** Where neither the workflow nor the job says: by the setting of the repository. */
export const defaultPermissions = (setting: 'read' | 'write'): Permissions =>
  setting === 'write'
    ? SCOPES
    : every((_access, scope) => (scope === 'contents' || scope === 'packages' ? 'read' : 'none'));

/** The permissions that a `permissions` key asks for: what it leaves out is closed. */
function requested(token: TemplateToken): Permissions {
  const value = typeof token === 'object' && token?.type === 2 ? null : evaluateToken(token, {});
  if (value === 'write-all') return ALL;
  if (value === 'read-all')
    return narrow(
      ALL,
      every(() => 'read'),
    );
  const members = new Map(
    pairsOf(token).map(({ Key, Value: access }) => [keyText(Key), evaluateToken(access, {})]),
  );
  return every((_access, scope) => LEVELS.find((level) => level === members.get(scope)) ?? 'none');
}

/** The lower of two, scope by scope. */
const narrow = (permissions: Permissions, limit: Permissions): Permissions =>
  every((_access, scope) => atMost(permissions[scope] ?? 'none', limit[scope] ?? 'none'));

/** A run for a pull request from a fork reads at most, and proves nothing about itself. */
export const forkLimit: Permissions = every((_access, scope) =>
  scope === 'id-token' ? 'none' : 'read',
);

/**
 * What the token of a job may do. The job's own `permissions` replace those of its workflow, which
 * replace the default; none goes beyond `limit`, which a calling job or a fork sets.
 */
export function jobPermissions(wish: {
  readonly job: TemplateToken | undefined;
  readonly workflow: TemplateToken | undefined;
  readonly default: Permissions;
  readonly limit: Permissions;
}): Permissions {
  const asked = wish.job ?? wish.workflow;
  return narrow(asked === undefined ? wish.default : requested(asked), wish.limit);
}

/** The limit of a run that nobody narrows. */
export const noLimit: Permissions = ALL;

export const allows = (permissions: Permissions, scope: string, access: Access): boolean =>
  LEVELS.indexOf(permissions[scope] ?? 'none') >= LEVELS.indexOf(access);

interface PermissionProblem extends Position {
  readonly message: string;
}

/**
 * Called workflows may lower permissions and never raise them: GitHub refuses to start the run. The
 * problems stand at the `uses` of the outermost call, in the file of the run.
 */
export function permissionProblems(
  tree: WorkflowTree,
  byDefault: Permissions,
): readonly PermissionProblem[] {
  return tree.workflow.jobs.flatMap((job) => {
    const called = tree.calls[job.id];
    if (called === undefined || job.call === null) return [];
    const { at, uses } = job.call;
    const given = ofJob(tree, job.permissions, byDefault, ALL);
    return beyond(called, given).map((what) => ({
      ...at,
      message: `Error calling workflow '${uses}'. ${what}`,
    }));
  });
}

const ofJob = (
  { workflow }: WorkflowTree,
  job: TemplateToken | undefined,
  byDefault: Permissions,
  limit: Permissions,
): Permissions =>
  jobPermissions({ job, workflow: workflow.permissions, default: byDefault, limit });

function beyond(tree: WorkflowTree, limit: Permissions): readonly string[] {
  const { workflow, calls } = tree;
  return workflow.jobs.flatMap((job) => {
    const asked = job.permissions ?? workflow.permissions;
    const wanted = asked === undefined ? limit : requested(asked);
    const excess = Object.entries(wanted).filter(
      ([scope, access]) => access !== 'none' && !allows(limit, scope, access),
    );
    if (excess.length > 0) {
      const list = (of: (scope: string) => Access) =>
        excess.map(([scope]) => `${scope}: ${of(scope)}`).join(', ');
      return [
        `The nested job '${job.id}' is requesting '${list((scope) => wanted[scope] ?? 'none')}', but is only allowed '${list((scope) => limit[scope] ?? 'none')}'.`,
      ];
    }
    const called = calls[job.id];
    return called === undefined ? [] : beyond(called, narrow(wanted, limit));
  });
}
