/** A name that is read from the first bytes of a connection; `more` while they do not suffice. */
export type ReadName = { readonly name: string } | 'more' | 'none';

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const MAX_HELLO = 16 * 1024;

/**
 * The server name of a TLS ClientHello (RFC 8446 4.1.2, RFC 6066 3), which may be spread over several
 * records. `none`: it is not TLS, names no server, or is larger than 16 KiB.
 */
export function serverNameOf(bytes: Buffer): ReadName {
  const hello = helloOf(bytes);
  if (!Buffer.isBuffer(hello)) return hello;
  try {
    return { name: nameIn(hello) };
  } catch {
    return 'none';
  }
}

/** The body of the ClientHello, once all of it is there. */
function helloOf(bytes: Buffer): Buffer | 'more' | 'none' {
  const message = handshakeIn(bytes);
  if (message === 'none' || (message.length > 0 && message[0] !== CLIENT_HELLO)) return 'none';
  if (message.length < 4) return 'more';
  const end = 4 + message.readUIntBE(1, 3);
  if (end > MAX_HELLO) return 'none';
  return message.length < end ? 'more' : message.subarray(4, end);
}

/** What the records that are there carry, the last one perhaps in part. */
function handshakeIn(bytes: Buffer): Buffer | 'none' {
  const parts: Buffer[] = [];
  for (let at = 0; at < Math.min(bytes.length, MAX_HELLO); ) {
    if (bytes[at] !== HANDSHAKE) return 'none';
    if (at + 5 > bytes.length) break;
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    parts.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** Throws a RangeError where the message is shorter than it says, or names no server. */
function nameIn(hello: Buffer): string {
  let at = 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  const end = at + 2 + hello.readUInt16BE(at);
  for (at += 2; at + 4 <= end; ) {
    const type = hello.readUInt16BE(at);
    const length = hello.readUInt16BE(at + 2);
    if (type === SERVER_NAME && hello.readUInt8(at + 6) === 0) {
      const name = hello.toString('latin1', at + 9, at + 9 + hello.readUInt16BE(at + 7));
      if (/^[\w.-]{1,253}$/.test(name)) return name;
    }
    at += 4 + length;
  }
  throw new RangeError('no server is named');
}
