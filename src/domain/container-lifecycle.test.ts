import { describe, expect, it } from 'vitest';
import {
  type ContainerEvent,
  type ContainerState,
  nextContainerState,
} from './container-lifecycle.ts';

const STATES: ContainerState[] = ['creating', 'warm', 'reserved', 'busy', 'draining', 'destroyed'];
const EVENTS: ContainerEvent[] = [
  'created',
  'create-failed',
  'claimed',
  'job-started',
  'released',
  'found-unhealthy',
  'retired',
  'destroyed',
];

describe('the life of a container', () => {
  it('is this table', () => {
    const table = STATES.map((state) => {
      const moves = EVENTS.flatMap((event) => {
        const next = nextContainerState(state, event);
        return next === null ? [] : [`${event}>${next}`];
      });
      return `${state}: ${moves.join(' ')}`.trim();
    });
    expect(table).toEqual([
      'creating: created>warm create-failed>destroyed found-unhealthy>draining',
      'warm: claimed>reserved found-unhealthy>draining retired>draining',
      'reserved: job-started>busy released>draining found-unhealthy>draining',
      'busy: released>draining found-unhealthy>draining',
      'draining: found-unhealthy>draining destroyed>destroyed',
      'destroyed:',
    ]);
  });

  it('never leads back to warm once a runner had it', () => {
    for (const state of ['reserved', 'busy', 'draining', 'destroyed'] as const) {
      for (const event of EVENTS) expect(nextContainerState(state, event)).not.toBe('warm');
    }
  });
});
