import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

export class GitFailure extends Error {
  constructor(args: readonly string[], detail: string) {
    super(`git ${args.join(' ')}: ${detail.trim()}`);
    this.name = 'GitFailure';
  }
}

export type Git = ReturnType<typeof createGit>;

/** Runs the `git` of this machine. `stop` ends every child and waits for it. */
export function createGit() {
  const children = new Map<ChildProcessWithoutNullStreams, Promise<void>>();

  function start(args: readonly string[]): ChildProcessWithoutNullStreams {
    const child = spawn('git', [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    const closed = new Promise<void>((resolve) => {
      child.once('close', () => {
        children.delete(child);
        resolve();
      });
    });
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    children.set(child, closed);
    return child;
  }

  return {
    start,
    /** Its output. Throws {@link GitFailure} when it does not end with 0. */
    async run(...args: string[]): Promise<Buffer> {
      const child = start(args);
      child.stdin.end();
      const output: Buffer[] = [];
      const complaints: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
      const code = await exitOf(child);
      if (code !== 0) throw new GitFailure(args, Buffer.concat(complaints).toString('utf8'));
      return Buffer.concat(output);
    },
    async stop(): Promise<void> {
      for (const child of children.keys()) child.kill('SIGTERM');
      await Promise.all(children.values());
    },
  };
}

/** Its exit code once its streams are closed; null when it was killed or could not start. */
export const exitOf = (child: ChildProcessWithoutNullStreams): Promise<number | null> =>
  new Promise((resolve) => {
    child.once('close', (code) => resolve(code));
  });
