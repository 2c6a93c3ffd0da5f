import { type JsonWebKey, randomUUID } from 'node:crypto';
import type { StandinClock } from '../dependencies.ts';
import { endSession } from '../scheduler/conclude.ts';
import type { Offers } from '../scheduler/offers.ts';
import type { Runner } from '../state/model.ts';
import type { Store } from '../state/store.ts';

export interface NewRunner {
  readonly scope: string;
  readonly name: string;
  readonly groupId: number;
  /** Kept once each, whatever their case. */
  readonly labels: readonly string[];
  readonly publicKey: JsonWebKey;
  readonly ephemeral: boolean;
  readonly disableUpdate: boolean;
  readonly version?: string | null;
  readonly scaleSetId?: number;
}

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** The runner of this name in a scope; names ignore case. */
export const runnerCalled = (store: Store, scope: string, name: string): Runner | undefined =>
  [...store.runners.values()].find(
    (runner) => isSame(runner.scope, scope) && isSame(runner.name, name),
  );

/** Makes a runner's record, which exists from now on, offline. The caller has looked at the name. */
export function addRunner({ store, clock }: Deps, wanted: NewRunner): Runner {
  const runner: Runner = {
    id: store.nextSmallId(),
    ...wanted,
    labels: distinctLabels(wanted.labels),
    clientId: randomUUID(),
    os: null,
    version: wanted.version ?? null,
    scaleSetId: wanted.scaleSetId ?? null,
    seenAt: clock.now(),
    mail: [],
    session: null,
    offer: null,
    jobId: null,
  };
  store.runners.set(runner.id, runner);
  return runner;
}

/** Another machine takes over the record: the old one's key and session no longer count. */
export function replaceRunner(
  { store, offers }: { readonly store: Store; readonly offers: Offers },
  runner: Runner,
  wanted: Omit<NewRunner, 'scope' | 'scaleSetId' | 'name'>,
): void {
  Object.assign(runner, {
    groupId: wanted.groupId,
    labels: distinctLabels(wanted.labels),
    publicKey: wanted.publicKey,
    ephemeral: wanted.ephemeral,
    disableUpdate: wanted.disableUpdate,
    version: wanted.version ?? null,
  });
  endSession(store, offers, runner);
}

const distinctLabels = (labels: readonly string[]): readonly string[] => [
  ...new Map(labels.map((label) => [label.toLowerCase(), label])).values(),
];

/** The form in which just-in-time runners have their labels (protocol A.1). */
export const lowerCase = (labels: readonly string[]): readonly string[] =>
  labels.map((label) => label.toLowerCase());
