const A = 1;
const IN = 1;
const TTL_SECONDS = 30;
const NAME_ERROR = 3;
const FORMAT_ERROR = 1;

export interface DnsQuestion {
  /** Lower case, without a last dot. */
  readonly name: string;
  readonly type: number;
  /** Where the question ends in the message. */
  readonly end: number;
}

/** The question of a DNS query (RFC 1035 4.1); null for anything but one ordinary question. */
export function questionOf(query: Buffer): DnsQuestion | null {
  if (query.length < 17 || (query.readUInt16BE(2) & 0xf800) !== 0) return null;
  if (query.readUInt16BE(4) !== 1) return null;
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = query[at];
    if (length === undefined || length > 63) return null;
    at += 1;
    if (length === 0) break;
    labels.push(query.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > query.length) return null;
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at), end: at + 4 };
}

/**
 * The answer to a query: `address` where an IPv4 address is asked for, an empty one where something
 * else is, and "no such name" where `address` is null.
 */
export function answerTo(query: Buffer, question: DnsQuestion, address: string | null): Buffer {
  const asked = query.subarray(12, question.end);
  if (address === null) return message(query, NAME_ERROR, asked);
  if (question.type !== A) return message(query, 0, asked);
  const record = Buffer.alloc(16);
  // The name is the question's, at byte 12.
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(A, 2);
  record.writeUInt16BE(IN, 4);
  record.writeUInt32BE(TTL_SECONDS, 6);
  record.writeUInt16BE(4, 10);
  for (const [index, part] of address.split('.').entries()) record[12 + index] = Number(part);
  return message(query, 0, asked, record);
}

/** For what is no question that this server answers. */
export const refusalOf = (query: Buffer): Buffer | null =>
  query.length < 12 ? null : message(query, FORMAT_ERROR, null);

function message(query: Buffer, code: number, asked: Buffer | null, record?: Buffer): Buffer {
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  // Answer, recursion as it was wished and available.
  head.writeUInt16BE(0x8080 | (query.readUInt16BE(2) & 0x0100) | code, 2);
  head.writeUInt16BE(asked === null ? 0 : 1, 4);
  head.writeUInt16BE(record === undefined ? 0 : 1, 6);
  return Buffer.concat([head, asked ?? Buffer.alloc(0), record ?? Buffer.alloc(0)]);
}
