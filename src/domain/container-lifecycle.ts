/**
 * The life of a container that the hub made for jobs. Only the fleet that made it moves it; after a
 * restart nobody holds it any more, and the reaper destroys it.
 *
 * `creating`  The engine is asked to make it. It may not exist yet, or only in part.
 * `warm`      Runs, checked, belongs to nobody. May be taken by one claim.
 * `reserved`  Belongs to one runner that has no job yet.
 * `busy`      Its runner runs a job in it. It ran one job then, and is never used again.
 * `draining`  To be destroyed; stays so while the engine does not answer.
 * `destroyed` Terminal: container and network are gone.
 */
export type ContainerState = 'creating' | 'warm' | 'reserved' | 'busy' | 'draining' | 'destroyed';

export type ContainerEvent =
  /** The engine made it and a command ran in it. */
  | 'created'
  /** The engine could not make it; it left nothing behind. */
  | 'create-failed'
  | 'claimed'
  | 'job-started'
  /** Its runner needs it no longer, job or not. */
  | 'released'
  /** It ended, or did not pass a check. */
  | 'found-unhealthy'
  /** Its pool wants fewer, or the hub stops. */
  | 'retired'
  | 'destroyed';

const TABLE: Record<ContainerState, Partial<Record<ContainerEvent, ContainerState>>> = {
  creating: { created: 'warm', 'create-failed': 'destroyed', 'found-unhealthy': 'draining' },
  warm: { claimed: 'reserved', 'found-unhealthy': 'draining', retired: 'draining' },
  reserved: { 'job-started': 'busy', released: 'draining', 'found-unhealthy': 'draining' },
  busy: { released: 'draining', 'found-unhealthy': 'draining' },
  draining: { destroyed: 'destroyed', 'found-unhealthy': 'draining' },
  destroyed: {},
};

/** The next state, or null where the event may not happen. */
export const nextContainerState = (
  state: ContainerState,
  event: ContainerEvent,
): ContainerState | null => TABLE[state][event] ?? null;
