import { messageOf } from '../domain/errors.ts';
import type { Environment } from './config.ts';
import { settingsOf } from './settings.ts';

/**
 * Replaces every `NAME_FILE` of a setting by `NAME` with the content of that file (mounted secrets),
 * without its last line break. A file that cannot be read, and a name given both ways, are problems.
 */
export function environmentWithFiles(
  env: Environment,
  readFile: (path: string) => string,
): { env: Environment; problems: readonly string[] } {
  const result: Record<string, string | undefined> = { ...env };
  const problems: string[] = [];
  for (const name of settingsOf().flatMap((setting) => setting.meta.env ?? [])) {
    const file = env[`${name}_FILE`];
    delete result[`${name}_FILE`];
    if (file === undefined || file === '') continue;
    if (env[name] !== undefined)
      problems.push(`${name}_FILE: ${name} is set too; keep one of them`);
    try {
      result[name] = readFile(file).replace(/\r?\n$/, '');
    } catch (error) {
      problems.push(`${name}_FILE: ${messageOf(error)}`);
    }
  }
  return { env: result, problems };
}
