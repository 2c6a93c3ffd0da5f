import type { Fixture } from './fixture.ts';

/** Faults of a stand-in that runs for a test. */
export const faultsOf = (github: Fixture) => ({
  async set(faults: readonly object[], seed = 'seed'): Promise<void> {
    const answer = await github.request('PUT', '/_standin/faults', { seed, faults });
    if (answer.status !== 200) throw new Error(answer.body.message);
  },
  counts: async () => (await github.get('/_standin/faults/counts')).body,
  log: async () => (await github.get('/_standin/faults/log')).body,
  async total(kind: string): Promise<number> {
    return (await github.get('/_standin/faults/counts')).body[kind]?.total ?? 0;
  },
});
