import { createHash } from 'node:crypto';
import type { Request } from 'express';

/** What tells a client whether it has this body already. */
export interface Validators {
  readonly etag: string;
  /** As HTTP writes a date; null where nothing says when the thing changed. */
  readonly lastModified: string | null;
}

/** A weak ETag for JSON, whose bytes may differ where its meaning does not; a strong one for raw bytes. */
export function validatorsOf(body: Buffer, value: unknown): Validators {
  const hash = createHash('sha256').update(body).digest('hex');
  const changed = changedAt(value);
  return {
    etag: Buffer.isBuffer(value) ? `"${hash}"` : `W/"${hash}"`,
    lastModified: changed === null ? null : new Date(changed).toUTCString(),
  };
}

function changedAt(value: unknown): number | null {
  if (typeof value !== 'object' || value === null || !('updated_at' in value)) return null;
  const time = Date.parse(String(value.updated_at));
  return Number.isNaN(time) ? null : time;
}

const bare = (etag: string): string => etag.trim().replace(/^W\//, '');

/** Whether the client has it: by ETag, or by date where it sends none (RFC 9110, section 13). */
export function isUnchanged(request: Request, { etag, lastModified }: Validators): boolean {
  const known = request.get('if-none-match');
  if (known !== undefined) {
    return known.trim() === '*' || known.split(',').some((each) => bare(each) === bare(etag));
  }
  const since = Date.parse(request.get('if-modified-since') ?? '');
  return lastModified !== null && Date.parse(lastModified) <= since;
}
