/** What a repository's settings say of Actions. */
export interface ActionsSettings {
  /** Rights of job tokens where no `permissions` key says. */
  defaultPermissions: 'read' | 'write';
  /** Whose pull requests from forks wait for somebody to let their runs begin. */
  forkApproval: 'nobody' | 'first-time' | 'everybody';
}

/** Which repositories of an organisation see one of its secrets or variables. */
export interface Sharing {
  readonly visibility: 'all' | 'private' | 'selected';
  readonly selectedRepositoryIds: ReadonlySet<number>;
}

export interface OrganizationSecret extends Sharing {
  readonly value: string;
}

export interface Variable {
  readonly name: string;
  value: string;
  readonly createdAt: number;
  updatedAt: number;
  /** Of an organisation's variable; all of its repositories see it when absent. */
  sharing?: Sharing;
}

/** One line of `on.schedule` on the default branch. */
export interface ScheduledWorkflow {
  readonly file: string;
  readonly cron: string;
  readonly timezone: string | null;
  readonly nextAt: number;
}
