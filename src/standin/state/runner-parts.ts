/** A job shown to a runner, which has two minutes to take it (protocol C.1). */
export interface Offer {
  readonly jobId: number;
  deliveredAt: number | null;
  acknowledged: boolean;
}

/** A message of the server's own to a runner. */
export interface RunnerMail {
  readonly messageType: 'ForceTokenRefresh' | 'RunnerRefresh' | 'RunnerRefreshConfig';
  readonly body: Readonly<Record<string, unknown>>;
}

/** What `config.sh` and scale sets register with; the text is the key. */
export interface RegistrationToken {
  readonly text: string;
  readonly kind: 'registration' | 'remove';
  readonly scope: string;
  readonly expiresAt: number;
}
