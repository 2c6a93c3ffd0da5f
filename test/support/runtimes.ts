import { fileURLToPath } from 'node:url';

/** Where `npm ci` in `runtimes/` puts the node programs. */
export const runtimesFolder = fileURLToPath(
  new URL('../../runtimes/node_modules', import.meta.url),
);
