/** A set of runners that grows with its jobs (protocol H). Plain data, like the rest of the state. */
export interface ScaleSet {
  readonly id: number;
  /** `owner/name` of a repository, `owner` of an organisation, or `enterprises/slug`. */
  readonly scope: string;
  name: string;
  groupId: number;
  labels: readonly ScaleSetLabel[];
  disableUpdate: boolean;
  readonly createdAt: number;
  session: ScaleSetSession | null;
  /** How many jobs it can take at once, as it said when it last polled; null before. */
  capacity: number | null;
  /** What no message tells yet, oldest first. */
  events: readonly ScaleSetEvent[];
  /** Written and not deleted, oldest first. */
  messages: readonly ScaleSetMessage[];
  lastMessageId: number;
}

export interface ScaleSetLabel {
  readonly type: string;
  readonly name: string;
}

export interface ScaleSetSession {
  readonly id: string;
  readonly ownerName: string;
  lastSeenAt: number;
}

export interface ScaleSetEvent {
  readonly messageType: 'JobAvailable' | 'JobAssigned' | 'JobStarted' | 'JobCompleted';
  readonly jobId: number;
  /** As it goes over the wire. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ScaleSetMessage {
  readonly id: number;
  readonly events: readonly ScaleSetEvent[];
}

/** A job that scale sets may take, or that one has taken; from its queueing to its end. */
export interface ScaleSetClaim {
  readonly jobId: number;
  /** Sets that were told that the job is available. */
  readonly announcedTo: Set<number>;
  assignedAt: number | null;
  /** How often it was assigned and no runner came. */
  failedAssignments: number;
}
