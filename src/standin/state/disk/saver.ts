import { messageOf } from '../../../domain/errors.ts';
import type { StandinLog } from '../../dependencies.ts';
import { batchJson, type Changes } from './changes.ts';
import type { Tables } from './identities.ts';
import type { LogFile } from './log-file.ts';
import { createRewriter } from './rewriter.ts';

const SAVE_EVERY_MS = 500;
interface Deps {
  readonly tables: Tables;
  readonly changes: Changes;
  readonly file: LogFile;
  readonly log: StandinLog;
  /** The stand-in's time. */
  readonly now: () => number;
}

/** How the keeping of the state goes, for its status. */
export interface SaveStatus {
  readonly bytes: number;
  readonly savedAt: number | null;
  /** Longest time that a save kept the event loop, in milliseconds. */
  readonly longestMs: number;
  readonly error: string | null;
}

export type Saver = ReturnType<typeof createSaver>;

/**
 * Saves twice a second, by the machine's time whatever the stand-in's clock says. All that one save
 * finds is one batch, taken between two turns of the event loop and so consistent in itself. What
 * cannot be written is tried again; an outage is reported once.
 */
export function createSaver({ tables, changes, file, log, now }: Deps) {
  let status: SaveStatus = { bytes: file.size(), savedAt: null, longestMs: 0, error: null };
  const rewriter = createRewriter({ tables, changes, file, log, now, inTurn });
  let timer: NodeJS.Timeout | null = null;
  let saving: Promise<void> = Promise.resolve();

  async function save(everything: boolean): Promise<void> {
    const startedAt = performance.now();
    const found = changes.find(everything);
    const json = found.length === 0 ? null : batchJson(now(), found);
    const longestMs = Math.max(status.longestMs, performance.now() - startedAt);
    status = { ...status, longestMs };
    if (json === null) return;
    try {
      await file.append(json);
      changes.settle(found);
      rewriter.appended(json);
      if (status.error !== null) log.info('state is kept again');
      status = { ...status, bytes: file.size(), savedAt: now(), error: null };
    } catch (error) {
      for (const { table, key } of found) tables.get(table)?.touch(key);
      if (status.error === null) log.error('state not kept', { error: messageOf(error) });
      status = { ...status, error: messageOf(error) };
    }
  }

  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = saving.then(work);
    saving = done.catch(() => undefined);
    return done;
  }

  async function tick(): Promise<void> {
    await inTurn(() => save(false));
    rewriter.consider();
    if (timer !== null) plan();
  }

  function plan(): void {
    timer = setTimeout(() => void tick(), SAVE_EVERY_MS);
    timer.unref();
  }

  return {
    status: (): SaveStatus => status,
    start: plan,
    /** Saves everything and closes the file. */
    async stop(): Promise<void> {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await rewriter.settled();
      await inTurn(() => save(true));
      await file.close();
    },
  };
}
