import { type ChildProcess, fork } from 'node:child_process';
import { measureMemory } from './executor/memory.ts';
import { serveReceiver } from './executor/receiver.ts';
import { serveHeld } from './standin/serve-held.ts';
import { serveStandin } from './standin/serve-standin.ts';

const ROLES = {
  receiver: serveReceiver,
  memory: measureMemory,
  standin: serveStandin,
  held: serveHeld,
} as const;

/** What this program does when the benchmark starts it as a process of its own. */
export async function runInChild([role, ...args]: readonly string[]): Promise<void> {
  process.once('disconnect', () => process.exit(1)); // the benchmark itself is gone
  await ROLES[role as keyof typeof ROLES](args);
}

export interface Child extends AsyncDisposable {
  /** The next message that has a member of this name. */
  message<T>(name: string): Promise<T>;
  send(message: object): void;
}

/** Starts this program once more. */
export function startChild(
  role: keyof typeof ROLES,
  args: readonly string[],
  execArgv: readonly string[] = [],
): Child {
  const child: ChildProcess = fork(process.argv[1] ?? '', ['child', role, ...args], {
    execArgv: [...execArgv],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  return {
    message: (name) =>
      new Promise((resolve, reject) => {
        const listen = (message: Record<string, unknown>) => {
          if (!(name in message)) return;
          child.off('message', listen);
          resolve(message[name] as never);
        };
        child.on('message', listen);
        void ended.then(() => reject(new Error(`the ${role} process ended early`)));
      }),
    send: (message) => void child.send(message),
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}
