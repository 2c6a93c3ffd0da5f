import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly statusLine: string;
  readonly status: number;
  /** Names as they were written. */
  readonly headers: readonly (readonly [string, string])[];
  readonly text: string;
}

const CRLF = '\r\n';

/**
 * One connection on which requests are written byte by byte, one after another, as an HTTP client with
 * keep-alive does. Answers are read by their Content-Length, or chunk by chunk.
 */
export class RawConnection {
  readonly #socket: Socket;
  readonly #host: string;
  #buffer = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  closed = false;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on('data', (data: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, data]);
      this.#wake();
    });
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    socket.on('error', () => undefined);
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      socket.once('error', reject);
    });
    return new RawConnection(socket, host);
  }

  /** Writes a request with exactly these header lines, after `Host`. */
  async send(
    method: string,
    path: string,
    headers: readonly string[],
    body = '',
  ): Promise<RawAnswer> {
    const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
    const lines = [`${method} ${path} HTTP/1.1`, `Host: ${this.#host}`, ...headers, ...length];
    this.#socket.write(`${lines.join(CRLF)}${CRLF}${CRLF}${body}`);
    return this.#read(method);
  }

  /** The same with a body in chunks, as .NET sends one whose length it does not know. */
  async sendChunked(
    method: string,
    path: string,
    headers: readonly string[],
    chunks: readonly string[],
  ): Promise<RawAnswer> {
    const lines = [
      `${method} ${path} HTTP/1.1`,
      `Host: ${this.#host}`,
      ...headers,
      'Transfer-Encoding: chunked',
    ];
    this.#socket.write(`${lines.join(CRLF)}${CRLF}${CRLF}`);
    for (const chunk of [...chunks, '']) {
      this.#socket.write(`${Buffer.byteLength(chunk).toString(16)}${CRLF}${chunk}${CRLF}`);
    }
    return this.#read(method);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #read(method: string): Promise<RawAnswer> {
    const head = await this.#until(`${CRLF}${CRLF}`);
    const [statusLine = '', ...lines] = head.split(CRLF);
    const headers = lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    });
    const value = (name: string) => headers.find(([each]) => each.toLowerCase() === name)?.[1];
    const status = Number(statusLine.split(' ')[1]);
    const isEmpty = method === 'HEAD' || status === 204 || status === 304;
    let text = '';
    if (!isEmpty && value('transfer-encoding') === 'chunked') text = await this.#chunks();
    else if (!isEmpty) text = await this.#take(Number(value('content-length') ?? 0));
    return { statusLine, status, headers, text };
  }

  async #chunks(): Promise<string> {
    let text = '';
    for (;;) {
      const size = Number.parseInt(await this.#until(CRLF), 16);
      text += await this.#take(size);
      await this.#until(CRLF);
      if (size === 0) return text;
    }
  }

  async #until(end: string): Promise<string> {
    for (;;) {
      const index = this.#buffer.indexOf(end);
      if (index >= 0) {
        const text = this.#buffer.subarray(0, index).toString('utf8');
        this.#buffer = this.#buffer.subarray(index + end.length);
        return text;
      }
      await this.#more();
    }
  }

  async #take(length: number): Promise<string> {
    while (this.#buffer.length < length) await this.#more();
    const text = this.#buffer.subarray(0, length).toString('utf8');
    this.#buffer = this.#buffer.subarray(length);
    return text;
  }

  async #more(): Promise<void> {
    if (this.closed) throw new Error('the connection was closed');
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}
