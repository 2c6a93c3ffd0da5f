/**
 * Branded identifiers. A bare string never crosses a function border as an id; `as` happens here only.
 * Each kind carries a readable prefix so that a log line says what an id names.
 */
declare const brand: unique symbol;
type Id<Kind extends string> = string & { readonly [brand]: Kind };

/** A job in the ledger: `job_` and GitHub's `workflow_job.id`, which is unique per run attempt. */
export type JobId = Id<'job'>;
/** A runner registered at GitHub for one job: `runner_` and a random suffix. */
export type RunnerId = Id<'runner'>;
/** A container we created: Docker's full container id. */
export type ContainerId = Id<'container'>;
/** A pool as named in the configuration. */
export type PoolName = Id<'pool'>;
/** A Docker host as named in the configuration. */
export type HostName = Id<'host'>;
/** A webhook delivery: GitHub's `X-GitHub-Delivery`. */
export type DeliveryId = Id<'delivery'>;
/** One hub process between its start and its end: `hub_` and a random suffix. */
export type InstanceId = Id<'instance'>;
/** One RunnerHub installation; labels everything it creates outside. */
export type InstallationId = Id<'installation'>;

/** The ledger id of GitHub's `workflow_job.id`. */
export const jobIdOf = (workflowJobId: number): JobId => `job_${workflowJobId}` as JobId;

export const runnerId = (suffix: string): RunnerId => `runner_${suffix}` as RunnerId;
export const instanceId = (suffix: string): InstanceId => `hub_${suffix}` as InstanceId;
export const containerId = (dockerId: string): ContainerId => dockerId as ContainerId;
export const poolName = (name: string): PoolName => name as PoolName;
export const hostName = (name: string): HostName => name as HostName;
export const deliveryId = (guid: string): DeliveryId => guid as DeliveryId;
export const installationId = (id: string): InstallationId => id as InstallationId;
