export interface Hook {
  readonly id: number;
  /** `owner/name`, `owner`, or `apps/id` of an App's own webhook. */
  readonly scope: string;
  readonly target: {
    readonly type: 'repository' | 'organization' | 'integration';
    readonly id: number;
  };
  url: string;
  secret: string | null;
  contentType: 'json' | 'form';
  /** `1` where the certificate of the receiver is not looked at. */
  insecureSsl: string;
  active: boolean;
  events: readonly string[];
  readonly createdAt: number;
  updatedAt: number;
  readonly deliveries: Delivery[];
}

export interface Delivery {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly redelivery: boolean;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  readonly deliveredAt: number;
  readonly durationMs: number;
  /** 0 when there was no answer. */
  readonly statusCode: number;
  readonly status: string;
  readonly payload: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** As much of it as is kept. */
  readonly responseBody: string;
}
