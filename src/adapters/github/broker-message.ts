import { z } from 'zod';
import {
  brokerMessage,
  jobCancellationBody,
  jobRequestBody,
} from '../../contract/runner-protocol.ts';
import type { RunnerMessage } from '../../ports/runner-protocol.ts';
import { parseTimeSpan } from './time-span.ts';

/** A cancellation leaves a job at least this long (protocol C.5). */
const CANCEL_FLOOR_MS = 60_000;

export type ReadMessage =
  | RunnerMessage
  | { readonly kind: 'refresh-token' }
  /** A kind that a native runner need not act on, or one that we cannot read. */
  | { readonly kind: 'skip'; readonly messageType: string };

/** Reads a broker envelope (protocol B.3). Never throws: what we do not understand is skipped. */
export function readMessage(envelope: unknown): ReadMessage {
  const message = brokerMessage.safeParse(envelope);
  if (!message.success) return { kind: 'skip', messageType: 'unreadable' };
  const { messageType, body } = message.data;
  const skip = { kind: 'skip', messageType } as const;
  switch (messageType) {
    case 'RunnerJobRequest': {
      const request = jobRequestBody.safeParse(parseBody(body));
      return request.success ? { kind: 'job', request: request.data } : skip;
    }
    case 'JobCancellation': {
      const cancel = jobCancellationBody.safeParse(parseBody(body));
      if (!cancel.success) return skip;
      const asked = parseTimeSpan(cancel.data.timeout ?? '') ?? 0;
      const timeoutMs = Math.max(CANCEL_FLOOR_MS, asked);
      return { kind: 'cancel', jobId: cancel.data.jobId, timeoutMs };
    }
    case 'RunnerShutdown': {
      const reason = z.looseObject({ reason: z.string() }).safeParse(parseBody(body));
      return { kind: 'shutdown', reason: reason.success ? reason.data.reason : 'not said' };
    }
    case 'ForceTokenRefresh':
      return { kind: 'refresh-token' };
    default:
      return skip;
  }
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
