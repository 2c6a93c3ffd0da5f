import { createServer } from 'node:net';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serverNameOf } from './server-name.ts';

/** The first bytes that node's own TLS sends for a name. */
function clientHello(servername: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.once('data', (bytes: Buffer) => {
        socket.destroy();
        server.close();
        resolve(bytes);
      });
    });
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('no port'));
      connect({ host: '127.0.0.1', port: address.port, servername }).on('error', () => undefined);
    });
  });
}

/** The same handshake, cut into records of at most `size` bytes. */
function inRecords(hello: Buffer, size: number): Buffer {
  const body = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, piece.length >> 8, piece.length & 255]), piece);
  }
  return Buffer.concat(records);
}

describe('the server name of a connection', async () => {
  const hello = await clientHello('registry.npmjs.org');

  it('is read from a ClientHello', () => {
    expect(serverNameOf(hello)).toEqual({ name: 'registry.npmjs.org' });
  });

  it('waits for all of it, however it comes, and never names another', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 0, max: 2000 }),
        (size, cut) => {
          const bytes = inRecords(hello, size);
          expect(serverNameOf(bytes)).toEqual({ name: 'registry.npmjs.org' });
          if (cut < bytes.length) expect(serverNameOf(bytes.subarray(0, cut))).toBe('more');
        },
      ),
    );
  });

  it('is not there in what is no TLS, or names no server', async () => {
    expect(serverNameOf(Buffer.from('GET / HTTP/1.1\r\nHost: registry.npmjs.org\r\n\r\n'))).toBe(
      'none',
    );
    expect(serverNameOf(await clientHello(''))).toBe('none');
  });

  it('any bytes are read without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const read = serverNameOf(Buffer.concat([hello.subarray(0, 5 + 38), Buffer.from(noise)]));
        expect(read === 'more' || read === 'none' || /^[\w.-]+$/.test(read.name)).toBe(true);
      }),
    );
  });
});
