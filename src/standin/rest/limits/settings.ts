import { z } from 'zod';

/** A number, or null for no limit. */
const limit = z.number().int().nonnegative().nullable();

/** The numbers of the management API's `PUT /_standin/rate-limits`. */
export const limitsShape = z.strictObject({
  /** Requests an hour, by kind of token. */
  user: limit,
  app: limit,
  installation: limit,
  job: limit,
  anonymous: limit,
  secondary: z.strictObject({
    /** Requests that one caller has open at once. */
    concurrent: limit,
    /** A read costs one point, anything else five. */
    pointsPerMinute: limit,
    /** Requests that make something others are notified of. */
    contentPerMinute: limit,
    contentPerHour: limit,
  }),
});

export type Limits = z.infer<typeof limitsShape>;

/** GitHub's own numbers (docs: rate limits for the REST API). */
export const GITHUB_LIMITS: Limits = {
  user: 5_000,
  app: 5_000,
  installation: 5_000,
  job: 1_000,
  anonymous: 60,
  secondary: { concurrent: 100, pointsPerMinute: 900, contentPerMinute: 80, contentPerHour: 500 },
};

export const NO_LIMITS: Limits = {
  user: null,
  app: null,
  installation: null,
  job: null,
  anonymous: null,
  secondary: {
    concurrent: null,
    pointsPerMinute: null,
    contentPerMinute: null,
    contentPerHour: null,
  },
};
