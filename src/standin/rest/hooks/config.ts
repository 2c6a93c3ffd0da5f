import { z } from 'zod';
import type { Hook } from '../../state/hooks.ts';

/** GitHub takes `0`, `1`, and the same as numbers. */
const flag = z.union([z.enum(['0', '1']), z.number().int().min(0).max(1)]).transform(String);

/** Where and how a hook's deliveries go, as clients write it. */
export const configShape = z.looseObject({
  url: z.url().optional(),
  secret: z.string().optional(),
  content_type: z.enum(['json', 'form']).optional(),
  insecure_ssl: flag.optional(),
});

/** Takes over what a client wrote; members that it left out stay. */
export function configure(hook: Hook, config: z.infer<typeof configShape>, now: number): void {
  hook.url = config.url ?? hook.url;
  hook.secret = config.secret ?? hook.secret;
  hook.contentType = config.content_type ?? hook.contentType;
  hook.insecureSsl = config.insecure_ssl ?? hook.insecureSsl;
  hook.updatedAt = now;
}
