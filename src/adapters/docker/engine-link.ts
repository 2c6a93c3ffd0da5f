import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import Dockerode from 'dockerode';

/** A local socket, or a remote engine over TLS (PEM texts). */
export type EngineAddress =
  | { readonly socketPath: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly ca: string;
      readonly cert: string;
      readonly key: string;
    };

/** Everything that reaches one engine. */
export interface EngineLink {
  /** For ordinary calls, within two minutes. */
  readonly docker: Dockerode;
  /** Without a time limit, for streams. */
  readonly patient: Dockerode;
  /** For calls that must answer at once. */
  readonly pinger: Dockerode;
  /**
   * Breaks every connection at once. To a host that has vanished they would hang for as long as the
   * kernel tries; whoever waits on them learns now that it is gone. Later calls connect anew.
   */
  sever(why: string): void;
}

const CALL_TIMEOUT_MS = 120_000;
const PING_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE = { keepAlive: true, keepAliveMsecs: 5_000 };

export function createEngineLink(address: EngineAddress): EngineLink {
  const sockets = new Set<Duplex>();
  const agent = createAgent(address, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const reach = (timeout?: number): Dockerode => {
    const options = { ...address, agent, ...(timeout === undefined ? {} : { timeout }) };
    return new Dockerode(options);
  };
  return {
    docker: reach(CALL_TIMEOUT_MS),
    patient: reach(),
    pinger: reach(PING_TIMEOUT_MS),
    sever(why) {
      for (const socket of sockets) socket.destroy(new Error(why));
    },
  };
}

/** Tells of every connection, keeps it alive, and gives up those that cannot be made. */
function createAgent(address: EngineAddress, opened: (socket: Duplex) => void): http.Agent {
  const isLocal = 'socketPath' in address;
  const agent = isLocal ? new http.Agent(KEEP_ALIVE) : new https.Agent(KEEP_ALIVE);
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    const socket = connect(options, done);
    if (socket) {
      limitConnecting(socket, isLocal ? 'connect' : 'secureConnect');
      opened(socket);
    }
    return socket;
  };
  return agent;
}

function limitConnecting(socket: Duplex, connected: string): void {
  const late = setTimeout(() => {
    socket.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`));
  }, CONNECT_TIMEOUT_MS);
  for (const event of [connected, 'close']) socket.once(event, () => clearTimeout(late));
}
