import { eq } from 'drizzle-orm';
import { AppError } from '../../domain/errors.ts';
import { type InstallationId, installationId } from '../../domain/ids.ts';
import type { Database } from './connection.ts';
import { guarded } from './database-errors.ts';
import { settings } from './schema.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Values that the hub keeps about itself, by name. */
export interface Settings {
  get(key: string): Promise<Json | undefined>;
  set(key: string, value: Json): Promise<void>;
  /** The value, which is `first` when there was none; all instances get the same one. */
  once(key: string, first: Json): Promise<Json>;
  /** Made once per database; labels everything that this installation creates outside. */
  installationId(): Promise<InstallationId>;
}

export function createSettings(db: Database): Settings {
  const get = (key: string) =>
    guarded(async () => {
      const [row] = await db.select().from(settings).where(eq(settings.key, key));
      return row === undefined ? undefined : (row.value as Json);
    });
  const once = async (key: string, first: Json) => {
    await guarded(() =>
      db.insert(settings).values({ key, value: first }).onConflictDoNothing().execute(),
    );
    const value = await get(key);
    if (value === undefined) throw new AppError('internal', `The setting ${key} has vanished.`);
    return value;
  };
  return {
    get,
    once,
    set: (key, value) =>
      guarded(async () => {
        await db
          .insert(settings)
          .values({ key, value })
          .onConflictDoUpdate({ target: settings.key, set: { value } });
      }),
    installationId: async () => {
      const random = [...crypto.getRandomValues(new Uint8Array(6))];
      const made = random.map((byte) => byte.toString(16).padStart(2, '0')).join('');
      return installationId(String(await once('installation_id', made)));
    },
  };
}
