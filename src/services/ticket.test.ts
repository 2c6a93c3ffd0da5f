import { describe, expect, it } from 'vitest';
import type { CompletionTicket } from '../ports/runner-store.ts';
import { createTicketSealer } from './ticket.ts';

const ticket: CompletionTicket = {
  runServiceUrl: 'https://run.example/1/',
  jobToken: 'very-secret',
  planId: 'plan',
  jobId: 'job',
  billingOwnerId: null,
};
const sealer = createTicketSealer(new Uint8Array(32).fill(7));

describe('a completion ticket', () => {
  it('comes back from its seal, which does not show it and is never the same', () => {
    const sealed = sealer.seal(ticket);
    expect(sealer.open(sealed)).toEqual(ticket);
    expect(sealed).not.toContain('very-secret');
    expect(sealer.seal(ticket)).not.toBe(sealed);
  });

  it('cannot be opened with another key, changed, or cut', () => {
    const sealed = sealer.seal(ticket);
    expect(createTicketSealer(new Uint8Array(32)).open(sealed)).toBeNull();
    const flipped = sealed.at(-3) === 'A' ? 'B' : 'A';
    expect(sealer.open(`${sealed.slice(0, -3)}${flipped}${sealed.slice(-2)}`)).toBeNull();
    expect(sealer.open(sealed.slice(0, 20))).toBeNull();
    expect(sealer.open('')).toBeNull();
  });

  it('wants a key of 32 bytes', () => {
    expect(() => createTicketSealer(new Uint8Array(16))).toThrow(RangeError);
  });
});
