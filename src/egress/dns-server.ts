import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { answerTo, questionOf, refusalOf } from './dns-answer.ts';
import type { Gate } from './gate.ts';

const PORT = 53;
const IDLE_MS = 10_000;

/** Answers each name that the job may know with the proxy's own address, and no other. */
export function serveDns(gate: Gate, address: string): void {
  const answer = (query: Buffer): Buffer | null => {
    const question = questionOf(query);
    if (question === null) return refusalOf(query);
    return answerTo(query, question, gate.mayKnow(question.name) ? address : null);
  };
  const socket = createSocket('udp4');
  socket.on('message', (query, { address: to, port }) => {
    const reply = answer(query);
    if (reply !== null) socket.send(reply, port, to, () => undefined);
  });
  socket.bind(PORT, address);
  createServer((connection) => {
    let rest: Buffer = Buffer.alloc(0);
    connection.setTimeout(IDLE_MS, () => connection.destroy());
    connection.on('error', () => undefined);
    connection.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const length = rest.readUInt16BE(0);
        const reply = answer(rest.subarray(2, 2 + length));
        rest = rest.subarray(2 + length);
        if (reply === null) return void connection.destroy();
        const size = Buffer.alloc(2);
        size.writeUInt16BE(reply.length);
        connection.write(Buffer.concat([size, reply]));
      }
    });
  }).listen(PORT, address);
}
