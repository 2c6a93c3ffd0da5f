import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { CompletionTicket } from '../ports/runner-store.ts';

/** Seals completion tickets, which hold a job's token, for the time they lie in the database. */
export interface TicketSealer {
  seal(ticket: CompletionTicket): string;
  /** Null when it was sealed with another key, was changed, or is no ticket. */
  open(sealed: string): CompletionTicket | null;
}

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const TICKET_KEY_BYTES = 32;

const completionTicket = z.object({
  runServiceUrl: z.string(),
  jobToken: z.string(),
  planId: z.string(),
  jobId: z.string(),
  billingOwnerId: z.string().nullable(),
}) satisfies z.ZodType<CompletionTicket>;

/** AES-256-GCM with a fresh nonce; `v1.` and base64url of nonce, tag and ciphertext. */
export function createTicketSealer(key: Uint8Array): TicketSealer {
  if (key.length !== TICKET_KEY_BYTES) throw new RangeError('a ticket key has 32 bytes');
  return {
    seal(ticket) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const text = Buffer.concat([cipher.update(JSON.stringify(ticket), 'utf8'), cipher.final()]);
      const sealed = Buffer.concat([nonce, cipher.getAuthTag(), text]);
      return `${VERSION}.${sealed.toString('base64url')}`;
    },
    open(sealed) {
      const [version, body = ''] = sealed.split('.');
      if (version !== VERSION) return null;
      const bytes = Buffer.from(body, 'base64url');
      try {
        const nonce = bytes.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv('aes-256-gcm', key, nonce);
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
        const plain = Buffer.concat([text, decipher.final()]).toString('utf8');
        return completionTicket.parse(JSON.parse(plain));
      } catch {
        return null;
      }
    },
  };
}
