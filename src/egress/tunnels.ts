import { connect, createServer, type Socket } from 'node:net';
import type { Gate } from './gate.ts';
import { serverNameOf } from './server-name.ts';

const TLS_PORT = 443;
const NAMING_MS = 10_000;
const CONNECT_MS = 15_000;

/** Connections by TLS go where their server name says. */
export function serveTls(gate: Gate, address: string): void {
  createServer({ allowHalfOpen: true }, (from) => {
    let seen: Buffer = Buffer.alloc(0);
    from.on('error', () => undefined);
    from.setTimeout(NAMING_MS, () => from.destroy());
    const read = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk]);
      const read = serverNameOf(seen);
      if (read === 'more') return;
      from.off('data', onData).pause();
      if (read === 'none') {
        gate.refuse(TLS_PORT, 'a connection that names no server');
        from.destroy();
      } else void pass(gate, from, seen, { name: read.name, port: TLS_PORT });
    };
    const onData = read;
    from.on('data', onData);
  }).listen(TLS_PORT, address);
}

/** Connections to a port that belongs to one name. */
export function servePort(gate: Gate, address: string, target: Target): void {
  createServer({ allowHalfOpen: true }, (from) => {
    from.on('error', () => undefined);
    void pass(gate, from, Buffer.alloc(0), target);
  }).listen(target.port, address);
}

interface Target {
  readonly name: string;
  readonly port: number;
}

/** Hands a connection on, with what has been read of it already. */
export async function pass(gate: Gate, from: Socket, seen: Buffer, target: Target): Promise<void> {
  const address = await gate.addressFor(target.name, target.port);
  if (address === null || from.destroyed) return void from.destroy();
  const to = connect({ host: address, port: target.port, allowHalfOpen: true });
  const end = (): void => {
    from.destroy();
    to.destroy();
  };
  to.setTimeout(CONNECT_MS, end);
  to.once('connect', () => {
    to.setTimeout(0);
    from.setTimeout(0);
    to.write(seen);
    from.pipe(to);
    to.pipe(from);
  });
  to.on('error', end);
  from.on('error', end);
  from.on('close', end);
  to.on('close', end);
}
