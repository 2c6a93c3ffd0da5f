import type { Permissions } from '../../state/apps.ts';
import type { Caller } from './caller.ts';

const LEVELS = ['read', 'write', 'admin'];

/** The rights of a job or an installation. Everybody may read metadata. */
export function grantsOf(caller: Extract<Caller, { kind: 'job' | 'installation' }>): Permissions {
  if (caller.kind === 'installation') return { metadata: 'read', ...caller.token.permissions };
  const asked = Object.entries(caller.job.permissions).flatMap(([scope, access]) =>
    access === 'none' ? [] : [[scope.replaceAll('-', '_'), access] as const],
  );
  return { metadata: 'read', ...Object.fromEntries(asked) };
}

/** Whether rights include what is asked for: `name=level`, alternatives with `;`, several with `,`. */
export const isGranted = (grants: Permissions, access: string): boolean =>
  access.split(';').some((alternative) =>
    alternative.split(',').every((one) => {
      const [name = '', level = ''] = one.trim().split('=');
      return LEVELS.indexOf(grants[name] ?? '') >= LEVELS.indexOf(level);
    }),
  );
