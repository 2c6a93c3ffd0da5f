import { stringify } from 'yaml';
import type { Terminal } from '../../cli/live-display.ts';
import type { Config } from '../../contract/config.ts';
import { poolsOf } from '../config.ts';
import { configurationDocs } from '../config-docs.ts';
import { settingsOf } from '../settings.ts';

/** Prints the settings in force as `runnerhub.yml` would hold them, secrets hidden. */
export function printConfig(docs: boolean, config: Config, out: Terminal): number {
  out.write(
    docs ? configurationDocs() : stringify(hideSecrets({ ...config, pools: poolsOf(config) })),
  );
  return 0;
}

function hideSecrets(config: object): unknown {
  const secret = new Set(settingsOf().flatMap(({ path, meta }) => (meta.secret ? [path] : [])));
  const visit = (value: unknown, path: string): unknown => {
    if (secret.has(path)) return value === undefined ? undefined : '[secret]';
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [
        key,
        visit(child, path === '' ? key : `${path}.${key}`),
      ]),
    );
  };
  return visit(config, '');
}
