import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Gate extends AsyncDisposable {
  readonly socketPath: string;
  connections(): number;
  /** As if the engine had stopped: no new connections, the old ones break. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

/** A socket of our own in front of the engine's, which a test may shut without harming others. */
export async function openGate(engineSocket: string): Promise<Gate> {
  const folder = await mkdtemp(join(tmpdir(), 'rh-gate-'));
  const socketPath = join(folder, 'docker.sock');
  const sockets = new Set<Socket>();
  let server: Server | null = null;

  const pass = (incoming: Socket): void => {
    const outgoing = connect({ path: engineSocket, allowHalfOpen: true });
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        incoming.destroy();
        outgoing.destroy();
      });
    }
    incoming.pipe(outgoing).pipe(incoming);
  };

  const open = async (): Promise<void> => {
    const opened = createServer({ allowHalfOpen: true }, pass);
    server = opened;
    await new Promise<void>((resolve) => {
      opened.listen(socketPath, resolve);
    });
  };

  const shut = async (): Promise<void> => {
    const closing = server;
    server = null;
    if (closing === null) return;
    const closed = new Promise((resolve) => {
      closing.close(resolve);
    });
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  await open();
  return {
    socketPath,
    connections: () => sockets.size,
    shut,
    open,
    async [Symbol.asyncDispose]() {
      await shut();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
