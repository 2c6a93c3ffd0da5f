import type { Response } from 'express';

/**
 * Lets a handler do all that it does, but keeps what it answers from the client; `instead` is called
 * when it has finished. The effect has happened then, and the answer is lost.
 */
export function loseAnswer(response: Response, instead: () => void): void {
  const { write, end, writeHead, flushHeaders } = response;
  const swallow = () => true;
  const restore = (): void => {
    Object.assign(response, { write, end, writeHead, flushHeaders });
    for (const name of response.getHeaderNames()) response.removeHeader(name);
  };
  Object.assign(response, {
    write: swallow,
    writeHead: () => response,
    flushHeaders: () => undefined,
    end: () => {
      restore();
      instead();
      return response;
    },
  });
}

/**
 * Ends the connection after so many bytes of the body, though the headers promise more; after half of
 * it where no number is given. With 0, only the headers arrive.
 */
export function truncateAnswer(response: Response, bytes: number | undefined): void {
  const { write, end } = response;
  let left = bytes;

  /** Writes as much as still may pass; afterwards nothing follows. */
  function pass(chunk: unknown): boolean {
    const data = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk ?? ''));
    const promised = Number(response.getHeader('content-length') ?? data.length);
    left ??= Math.floor(promised / 2);
    const part = data.subarray(0, left);
    left -= part.length;
    if (part.length > 0) write.call(response, part, 'utf8');
    else response.flushHeaders();
    if (left <= 0) response.socket?.destroySoon();
    return true;
  }

  Object.assign(response, {
    write: pass,
    end: (chunk?: unknown) => {
      Object.assign(response, { write, end });
      pass(chunk);
      response.socket?.destroySoon();
      return response;
    },
  });
}
