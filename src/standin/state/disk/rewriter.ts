import { setImmediate as turn } from 'node:timers/promises';
import { messageOf } from '../../../domain/errors.ts';
import type { StandinLog } from '../../dependencies.ts';
import type { Key } from '../table.ts';
import { batchJson, type Changes } from './changes.ts';
import type { Tables } from './identities.ts';
import type { LogFile } from './log-file.ts';

/** A file below this is not worth rewriting. */
const REWRITE_FROM_BYTES = 16 * 1024 * 1024;
/** It is rewritten once it is so many times as large as after the last time. */
const REWRITE_GROWTH = 3;
/** A new file is written in pieces, so that requests are answered between them. */
const PIECE = 200;

interface Deps {
  readonly tables: Tables;
  readonly changes: Changes;
  readonly file: LogFile;
  readonly log: StandinLog;
  readonly now: () => number;
  /** Runs work that no save may come between. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>;
}

/**
 * Replaces a file that has grown by one that has every entry once. Entries of the new file are of
 * different moments; the batches that follow them make it consistent, as they hold all that changed
 * since the first of these moments.
 */
export function createRewriter({ tables, changes, file, log, now, inTurn }: Deps) {
  let sizeAfterRewrite = 0;
  /** Batches that were appended while the new file is being written. */
  let meanwhile: string[] | null = null;
  let rewriting: Promise<void> | null = null;

  async function* pieces(): AsyncGenerator<string> {
    for (const [table, entries] of tables) {
      const keys = [...entries.keys()];
      for (let from = 0; from < keys.length; from += PIECE) {
        const piece = keys.slice(from, from + PIECE);
        yield batchJson(
          now(),
          piece.flatMap((key) => whole(table, key)),
        );
        await turn();
      }
    }
  }

  function whole(table: string, key: Key) {
    const json = tables.get(table)?.has(key) === true ? changes.jsonOf(table, key) : null;
    return json === null ? [] : [{ table, key, json, mark: 0 }];
  }

  async function rewrite(): Promise<void> {
    meanwhile = [];
    try {
      const next = await file.rewrite(pieces());
      await inTurn(() => next.swap(meanwhile ?? []));
      sizeAfterRewrite = file.size();
      log.debug('state rewritten', { bytes: sizeAfterRewrite });
    } catch (error) {
      log.warn('state not rewritten', { error: messageOf(error) });
    } finally {
      meanwhile = null;
      rewriting = null;
    }
  }

  return {
    appended: (batch: string): void => void meanwhile?.push(batch),
    /** Begins where it is worth it. */
    consider(): void {
      const limit = Math.max(REWRITE_FROM_BYTES, REWRITE_GROWTH * sizeAfterRewrite);
      if (rewriting === null && file.size() > limit) rewriting = rewrite();
    },
    settled: async (): Promise<void> => void (await rewriting),
  };
}
