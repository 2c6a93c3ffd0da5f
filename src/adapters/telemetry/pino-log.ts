import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { Log } from '../../ports/log.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Fields that must never be printed, wherever a careless caller puts them. */
const REDACTED = ['token', 'secret', 'password', 'authorization', 'encodedJitConfig', 'ticket'];

/** One JSON object per line on standard error, or to the file of `path`. */
export function createLog(options: { level: LogLevel; path?: string }): Log {
  const paths = REDACTED.flatMap((name) => [name, `*.${name}`]);
  const stream: DestinationStream = destination({
    dest: options.path ?? 2,
    sync: true,
    mkdir: true,
  });
  return wrap(
    pino(
      {
        level: options.level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (level) => ({ level }) },
        redact: { paths, censor: '[secret]' },
      },
      stream,
    ),
  );
}

const wrap = (logger: Logger): Log => ({
  error: (message, fields = {}) => logger.error(fields, message),
  warn: (message, fields = {}) => logger.warn(fields, message),
  info: (message, fields = {}) => logger.info(fields, message),
  debug: (message, fields = {}) => logger.debug(fields, message),
  child: (fields) => wrap(logger.child(fields)),
});
