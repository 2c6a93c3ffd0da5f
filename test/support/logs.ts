import type { Log, LogFields } from '../../src/ports/log.ts';

export interface LogEntry {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly fields: LogFields;
}

export interface RecordingLog extends Log {
  readonly entries: readonly LogEntry[];
}

/** Keeps what was logged, for assertions. */
export function createRecordingLog(): RecordingLog {
  const entries: LogEntry[] = [];
  const make = (bound: LogFields): RecordingLog => {
    const at =
      (level: LogEntry['level']) =>
      (message: string, fields: LogFields = {}): void => {
        entries.push({ level, message, fields: { ...bound, ...fields } });
      };
    return {
      entries,
      error: at('error'),
      warn: at('warn'),
      info: at('info'),
      debug: at('debug'),
      child: (fields) => make({ ...bound, ...fields }),
    };
  };
  return make({});
}
