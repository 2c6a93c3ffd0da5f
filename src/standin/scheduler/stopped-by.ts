import type { Job, Scope } from '../state/model.ts';
import { hasEnded, mayFail, resultOf, unitsOf } from './tree.ts';

/** Legs that a failed one takes along, unless `fail-fast` says otherwise, and what they are told. */
export function stoppedBy(unit: Job | Scope): {
  readonly units: readonly (Job | Scope)[];
  readonly why: string;
} {
  const leg = unit.kind === 'job' ? unit.leg : unit.caller?.leg;
  const group = unit.kind === 'job' ? unit.group : unit.caller?.group;
  const why = `The strategy configuration was canceled because "${leg?.displayName}" failed`;
  const isFatal = resultOf(unit) === 'failure' && !mayFail(unit) && group?.plan?.failFast === true;
  return {
    units: isFatal ? unitsOf(group).filter((other) => !hasEnded(other)) : [],
    why,
  };
}
