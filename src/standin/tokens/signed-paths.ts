import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import type { StandinClock } from '../dependencies.ts';
import { query } from '../http/request.ts';

/** What a signed URL lets its holder do: read, or write as well. */
export type Permission = 'r' | 'rw';

export type SignedPaths = ReturnType<typeof createSignedPaths>;

/** URLs that carry their own permission and end, in the manner of Azure's shared access signatures. */
export function createSignedPaths(clock: StandinClock, key: () => Uint8Array) {
  const signature = (path: string, permission: string, expires: string): Buffer =>
    createHmac('sha256', key()).update(`${path}\n${permission}\n${expires}`).digest();

  return {
    /** `path` with the query that makes it valid for so many milliseconds. */
    sign(path: string, permission: Permission, validMs: number): string {
      const expires = String(clock.now() + validMs);
      const sig = signature(path, permission, expires).toString('base64url');
      return `${path}?se=${expires}&sp=${permission}&sig=${sig}`;
    },
    /** Whether the query of a request gives it this permission on `path`. */
    allows(request: Request, path: string, permission: Permission): boolean {
      const [expires, granted] = [query(request, 'se'), query(request, 'sp')];
      if (expires === undefined || granted === undefined) return false;
      if (!granted.includes(permission) || Number(expires) < clock.now()) return false;
      const given = Buffer.from(query(request, 'sig') ?? '', 'base64url');
      const wanted = signature(path, granted, expires);
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    },
  };
}
