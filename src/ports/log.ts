export type LogFields = Readonly<Record<string, unknown>>;

/**
 * The hub's own log. The message is a fixed lower-case phrase, everything variable goes into fields.
 * `error` someone must act, `warn` degraded but coping, `info` a state changed, `debug` for us.
 */
export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  child(fields: LogFields): Log;
}
