import { z } from 'zod';

/** What a leaf of the configuration says of itself; `docs/configuration.md` is printed from it. */
export interface SettingMeta {
  /** The environment variable that sets it; absent for settings that only the file can hold. */
  readonly env?: string;
  readonly description: string;
  /** Never printed. */
  readonly secret?: true;
  readonly [key: string]: unknown;
}

export const setting = <T extends z.ZodType>(schema: T, meta: SettingMeta): T => schema.meta(meta);

export const url = (...protocols: string[]) =>
  z.string().refine((text) => protocols.some((protocol) => text.startsWith(`${protocol}://`)), {
    error: `must begin with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`,
  });
