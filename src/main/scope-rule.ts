import type { Foundation } from './foundation.ts';

/** Where runners for the jobs of a repository are registered: itself, or its owner. */
export const scopeRule =
  ({ config }: Pick<Foundation, 'config'>) =>
  (repository: string): string =>
    config.github.scope === 'organization' ? (repository.split('/')[0] ?? repository) : repository;
