import { z } from 'zod';

const level = z.enum(['read', 'write', 'admin']);
const address = z.url({ protocol: /^https?$/ });

/** What a GitHub App asks for when it registers itself (GitHub: "GitHub App Manifest parameters"). */
export const manifestShape = z.looseObject({
  name: z.string().min(1).max(34).optional(),
  url: address,
  hook_attributes: z
    .looseObject({ url: address.optional(), active: z.boolean().default(true) })
    .optional(),
  redirect_url: address.optional(),
  callback_urls: z.array(address).max(10).optional(),
  setup_url: address.optional(),
  description: z.string().optional(),
  public: z.boolean().default(false),
  default_events: z.array(z.string()).default([]),
  default_permissions: z.record(z.string(), level).default({}),
});

export type Manifest = z.infer<typeof manifestShape>;

/** A manifest that somebody agreed to, until its App takes its keys. */
export interface PendingApp {
  readonly code: string;
  readonly owner: string;
  readonly name: string;
  readonly manifest: Manifest;
  readonly expiresAt: number;
}
