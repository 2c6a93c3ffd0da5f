export interface HttpRequest {
  /** What the call is for, in error texts and logs. URLs may hold signatures, so they never appear. */
  readonly what: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Parts of a large body go out one after the other, without being copied together. */
  readonly body?: string | Uint8Array | readonly Uint8Array[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}
