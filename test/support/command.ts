import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
export const searchPath = process.env['PATH'] ?? '';
const program = path.join(projectRoot, 'bin', 'runnerhub');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  stdout(): string;
  stderr(): string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the program as a user does. */
export function startCommand(
  args: readonly string[],
  { cwd = projectRoot, env = {} }: CommandOptions = {},
): Running {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: searchPath, HOME: process.env['HOME'] ?? '/', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    texts.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    texts.stderr += chunk;
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => resolve({ code, ...texts }));
  });
  return { child, finished, stdout: () => texts.stdout, stderr: () => texts.stderr };
}

export const runCommand = (args: readonly string[], options?: CommandOptions): Promise<Finished> =>
  startCommand(args, options).finished;
