import { lookup } from 'node:dns/promises';
import { type AllowRule, type EgressNote, isClosed, ruleFor } from '../domain/egress.ts';

export interface GateOptions {
  readonly rules: readonly AllowRule[];
  /** Every name is allowed, and noted. */
  readonly learns: boolean;
  readonly note: (note: EgressNote) => void;
}

/** Decides for each name and connection, and notes what it decided. */
export interface Gate {
  /** Whether a name may be known to the job. */
  mayKnow(name: string): boolean;
  /** The address to connect to for it; null when it may not be reached. */
  addressFor(name: string, port: number): Promise<string | null>;
  /** Notes a connection that names nothing. */
  refuse(port: number, why: string): void;
}

export function createGate({ rules, learns, note }: GateOptions): Gate {
  const refused = (name: string, port: number | null, why: string): null => {
    note({ verdict: 'refused', name, port, why });
    return null;
  };
  const find = (name: string, port: number | null): AllowRule | null =>
    ruleFor(rules, name, port) ?? (learns ? { name, port, address: null } : null);
  return {
    mayKnow(name) {
      if (find(name, null) !== null) return true;
      refused(name, null, 'it is not on the allow list');
      return false;
    },
    async addressFor(name, port) {
      const rule = find(name, port);
      if (rule === null) return refused(name, port, 'it is not on the allow list');
      const address = rule.address ?? (await resolve(name));
      if (address === null) return refused(name, port, 'the name is not known');
      if (rule.address === null && isClosed(address)) {
        return refused(name, port, `it is at ${address}, an address of a private network`);
      }
      note({ verdict: 'allowed', name, port });
      return address;
    },
    refuse: (port, why) => void refused('', port, why),
  };
}

const resolve = (name: string): Promise<string | null> =>
  lookup(name, { family: 4 }).then(
    ({ address }) => address,
    () => null,
  );
