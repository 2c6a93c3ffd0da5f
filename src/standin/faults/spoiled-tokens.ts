import { fullName } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import type { Faults } from './faults.ts';

/**
 * Tokens of runners and jobs that expire before their time. A token that did once is of no use again,
 * as with a real one: whoever holds it has to get another.
 */
export function spoiledTokens(tokens: AccessTokens, store: Store, faults: Faults): AccessTokens {
  const expired = new Set<string>();

  function expires(token: string, kind: 'runner' | 'job', chance: Chance): boolean {
    if (expired.has(token)) return true;
    const fault = `${kind}-token-expired` as const;
    const subject = String(chance.id);
    if (faults.at([fault], { ...chance, place: kind, subject }).length === 0) return false;
    expired.add(token);
    return true;
  }

  return {
    ...tokens,
    async runnerId(token) {
      const id = await tokens.runnerId(token);
      if (id === null || token === null) return id;
      return expires(token, 'runner', { id, runner: store.runners.look(id)?.name }) ? null : id;
    },
    async jobId(token) {
      const id = await tokens.jobId(token);
      if (id === null || token === null) return id;
      const job = store.jobs.look(id);
      const repository = job === undefined ? undefined : fullName(job.run.repository);
      return expires(token, 'job', { id, repository, runner: job?.runner?.name }) ? null : id;
    },
  };
}

interface Chance {
  readonly id: number;
  readonly repository?: string | undefined;
  readonly runner?: string | undefined;
}
