import { z } from 'zod';
import { parseDuration } from '../clock/duration.ts';
import { isRoute, ROUTE_GROUPS } from './route.ts';

/** A length of time: `10m`, `1h30m`, `250ms`. */
const duration = z
  .string()
  .refine((text) => parseDuration(text) !== null, 'must be a duration like 250ms, 30s or 1h30m')
  .transform((text) => parseDuration(text) ?? 0);

/** Always the same, evenly between two, or by its median and 95th percentile (log-normal). */
const delay = z.union(
  [
    duration,
    z.strictObject({ min: duration, max: duration }).refine(({ min, max }) => min <= max, {
      message: 'min must not be more than max',
    }),
    z
      .strictObject({ p50: duration, p95: duration })
      .refine(({ p50, p95 }) => p50 > 0 && p50 <= p95, {
        message: 'p50 must be more than nothing and not more than p95',
      }),
  ],
  { error: 'must be a duration, {min, max} or {p50, p95}' },
);

/** When in the stand-in's time: an instant, or so long after the fault was set. */
const moment = z.union(
  [
    z.iso.datetime({ offset: true }).transform((text) => ({ at: Date.parse(text) })),
    duration.transform((after) => ({ after })),
  ],
  {
    error: 'must be an instant like 2026-03-01T12:00:00Z or a duration like 30s',
  },
);

const glob = z.string().min(1);

/** Which of the occasions a fault is for, and how many of them it spoils. */
const limits = {
  id: z
    .string()
    .regex(/^[\w.-]{1,60}$/, 'may have letters, digits, dots, dashes and underscores')
    .optional(),
  /** Share of the occasions, 0 to 1. */
  rate: z.number().min(0).max(1).default(1),
  /** So many occasions pass first. */
  skip: z.number().int().min(0).default(0),
  /** The fault ends after so many. */
  count: z.number().int().min(1).optional(),
  from: moment.optional(),
  until: moment.optional(),
  repository: glob.optional(),
  runner: glob.optional(),
};

const route = z
  .string()
  .refine(
    isRoute,
    `must be one of ${ROUTE_GROUPS.join(', ')}, or a path like "POST /repos/*/*/actions/**"`,
  );

const http = { ...limits, route };
const webhook = { ...limits, event: z.string().optional(), action: z.string().optional() };

/** Before anything has happened, or when all has and only the answer is missing. */
const when = z.enum(['before', 'after']).default('before');

const faultShape = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('error'),
    ...http,
    status: z.number().int().min(400).max(599).default(502),
    when,
  }),
  z.strictObject({ kind: z.literal('timeout'), ...http, when, atMost: duration.default(120_000) }),
  z.strictObject({
    kind: z.literal('reset'),
    ...http,
    when: z.enum(['before', 'headers', 'after']).default('before'),
  }),
  z.strictObject({ kind: z.literal('slow'), ...http, delay }),
  z.strictObject({
    kind: z.literal('rate-limit'),
    ...http,
    limit: z.enum(['primary', 'secondary']).default('primary'),
    status: z.union([z.literal(403), z.literal(429)]).default(403),
    retryAfter: duration.default(60_000),
  }),
  z.strictObject({
    kind: z.literal('truncated'),
    ...http,
    bytes: z.number().int().min(0).optional(),
  }),
  z.strictObject({ kind: z.literal('webhook-lost'), ...webhook }),
  z.strictObject({ kind: z.literal('webhook-doubled'), ...webhook, delay: delay.default(0) }),
  z.strictObject({ kind: z.literal('webhook-delayed'), ...webhook, delay }),
  z.strictObject({
    kind: z.literal('webhook-reordered'),
    ...webhook,
    within: duration.default(5_000),
  }),
  z.strictObject({ kind: z.literal('other-runner'), ...limits }),
  z.strictObject({ kind: z.literal('lease-lost'), ...limits }),
  z.strictObject({ kind: z.literal('runner-token-expired'), ...limits }),
  z.strictObject({ kind: z.literal('job-token-expired'), ...limits }),
  z.strictObject({ kind: z.literal('session-lost'), ...limits }),
  z.strictObject({ kind: z.literal('message-doubled'), ...limits }),
  z.strictObject({ kind: z.literal('message-lost'), ...limits }),
  z.strictObject({
    kind: z.literal('cancelled'),
    ...limits,
    at: z.enum(['queued', 'offered', 'acquire', 'acquired', 'renew', 'complete']),
  }),
]);

export type Fault = z.infer<typeof faultShape> & { readonly id: string };
export type FaultKind = Fault['kind'];
export type FaultOf<Kind extends FaultKind> = Extract<Fault, { kind: Kind }>;
export type Delay = z.infer<typeof delay>;

/** A name for each fault that has none: its kind and place. */
function withIds(faults: readonly z.infer<typeof faultShape>[]): readonly Fault[] {
  const taken = new Set(faults.map(({ id }) => id));
  return faults.map((fault, index) => {
    if (fault.id !== undefined) return { ...fault, id: fault.id };
    let id = `${fault.kind}-${index + 1}`;
    while (taken.has(id)) id += "'";
    taken.add(id);
    return { ...fault, id };
  });
}

const faultList = z
  .array(faultShape)
  .max(200)
  .refine((faults) => {
    const ids = faults.flatMap(({ id }) => (id === undefined ? [] : [id]));
    return new Set(ids).size === ids.length;
  }, 'two faults have the same id')
  .transform(withIds);

const seed = z.union([z.string(), z.number()]).transform(String);

/** A whole set of faults, as a file or a PUT has it. */
export const faultsDocument = z.strictObject({ seed: seed.default('0'), faults: faultList });

/** Faults to add or to replace by id, and perhaps another seed. */
export const faultsPatch = z.strictObject({
  seed: seed.optional(),
  faults: faultList.optional(),
});

export type FaultsDocument = z.infer<typeof faultsDocument>;

/** A document of faults, or its problems, one a line. */
export function readFaults(document: unknown): FaultsDocument | { readonly problems: string } {
  const parsed = faultsDocument.safeParse(document);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'the document'}: ${issue.message}`,
  );
  return { problems: problems.join('\n') };
}
