import { setTimeout as sleep } from 'node:timers/promises';
import type { AppError } from '../../domain/errors.ts';
import type { ExitStatus, HostCommand, StepHost } from '../../ports/step-host.ts';
import { AgentEnded, type AgentReply, type AgentRequest, type StepAgent } from './step-agent.ts';
import { climbLadder, createTreeSignal, type KillLadder, type SignalName } from './step-kill.ts';
import type { AgentPool } from './step-pool.ts';
import { runText } from './step-shell.ts';

export interface ExecParts {
  readonly pool: AgentPool;
  readonly user: string;
  readonly ladder: KillLadder;
  /** Runs a test made of shell built-ins. */
  readonly holds: (test: string) => Promise<boolean>;
  /** Whether the kernel has ended a process for want of memory since the last call. */
  readonly oom: () => Promise<boolean>;
  /** Whether the kernel has refused a process because of the container's limit since the last call. */
  readonly crowded: () => Promise<boolean>;
  /** Says what is true of the world after an error. */
  readonly translate: (error: unknown) => Promise<AppError> | AppError;
}

/** Runs commands by agents of the pool, and ends their process trees when they are cancelled. */
export function createExec(parts: ExecParts): StepHost['exec'] {
  const endTree = createTreeEnd(parts);
  return async (command, output, cancel) => {
    const run = new RunningCommand();
    const stop = () => void run.stop(endTree);
    if (cancel.aborted) stop();
    cancel.addEventListener('abort', stop, { once: true });
    try {
      const request = {
        text: (mark: string) => runText(mark, command),
        output,
        started: (pid: number) => run.begin(pid),
      };
      const user = command.user ?? parts.user;
      const reply = await lendAndRun(parts.pool, user, request, (agent) => run.serve(agent));
      return await toStatus(reply, command, parts);
    } catch (error) {
      const explained = await parts.translate(error);
      if (!(error instanceof AgentEnded) || explained.code !== 'docker-failed') throw explained;
      run.end();
      return await afterLostAgent(parts, () => run.stop(endTree));
    } finally {
      run.end();
      cancel.removeEventListener('abort', stop);
    }
  };
}

/** The container is still there: whatever ended the agent has ended the command as well. */
async function afterLostAgent(parts: ExecParts, stop: () => Promise<void>): Promise<ExitStatus> {
  try {
    await stop();
    return {
      code: 137,
      outOfMemory: await parts.oom(),
      tooManyProcesses: await parts.crowded(),
    };
  } catch (error) {
    const explained = await parts.translate(error);
    if (explained.code !== 'docker-failed') throw explained;
    // A container that lives, and in which no shell can be kept, has no process to spare.
    if (await parts.crowded().catch(() => true)) return { code: 137, tooManyProcesses: true };
    throw explained;
  }
}

async function lendAndRun(
  pool: AgentPool,
  user: string,
  request: AgentRequest,
  served?: (agent: StepAgent) => void,
): Promise<AgentReply> {
  const loan = await pool.lend(user);
  served?.(loan.agent);
  try {
    return await loan.agent.request(request);
  } finally {
    loan.giveBack();
  }
}

/** Where every image has its shell. */
const ORDINARY_PATH = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/**
 * Signals as the step user, and last also as root: processes that a step started by `sudo` belong
 * to root. Where the container may not do that, nothing is lost.
 */
function createTreeEnd({ pool, user, holds, ladder }: ExecParts) {
  return (root: number): Promise<void> => {
    const as = (name: string) =>
      createTreeSignal(
        ({ argv }, output) =>
          lendAndRun(pool, name, {
            text: (mark) => runText(mark, { argv, cwd: '/', env: ORDINARY_PATH }),
            output,
          }),
        root,
      );
    const own = as(user);
    const byRoot = as('0');
    const signal = async (name: SignalName) => {
      const seen = await own(name);
      if (name === 'KILL') await byRoot(name, seen).catch(() => undefined);
    };
    return climbLadder({ signal, isAlive: () => holds(`[ -d /proc/${root} ]`) }, ladder);
  };
}

async function toStatus(
  reply: AgentReply,
  command: HostCommand,
  parts: ExecParts,
): Promise<ExitStatus> {
  if (reply.missing === 'folder') {
    return { code: 127, notStarted: `The folder '${command.cwd}' does not exist` };
  }
  if (reply.missing === 'program') {
    return { code: 127, notStarted: `${command.argv[0] ?? ''}: command not found` };
  }
  const tooLarge = reply.code === 126 ? largeEnvironment(command.env) : null;
  if (tooLarge !== null) return { code: 126, notStarted: tooLarge };
  if (reply.code === 137 && (await parts.oom())) return { code: 137, outOfMemory: true };
  if (reply.code !== 0 && (await parts.crowded())) {
    return { code: reply.code, tooManyProcesses: true };
  }
  return { code: reply.code };
}

/** What Linux takes for one variable, and for all of them with certainty, in bytes. */
const MAX_VARIABLE = 128 * 1024;
const MAX_ENVIRONMENT = 1024 * 1024;

/** Why a process cannot be started with these variables. */
function largeEnvironment(env: HostCommand['env']): string | null {
  const sizes = Object.entries(env).map(([name, value]) => ({
    name,
    size: Buffer.byteLength(name) + Buffer.byteLength(value) + 2,
  }));
  const long = sizes.find(({ size }) => size > MAX_VARIABLE);
  if (long !== undefined) return `Argument list too long: the variable '${long.name}'`;
  const all = sizes.reduce((sum, { size }) => sum + size, 0);
  return all > MAX_ENVIRONMENT ? 'Argument list too long: all variables together' : null;
}

/** After SIGKILL a command is given up when its agent has still not told of its end. */
const GIVE_UP_MS = 10_000;

/** A command on its way: its process id once known, and its end. */
class RunningCommand {
  readonly #begun: Promise<number>;
  readonly #ended: Promise<null>;
  #agent: StepAgent | null = null;
  begin: (pid: number) => void = () => undefined;
  end: () => void = () => undefined;

  constructor() {
    this.#begun = new Promise((resolve) => {
      this.begin = resolve;
    });
    this.#ended = new Promise((resolve) => {
      this.end = () => resolve(null);
    });
  }

  serve(agent: StepAgent): void {
    this.#agent = agent;
  }

  /**
   * Ends the tree, unless the command ends before it has begun. Whatever goes wrong on the way, the
   * command does not outlive this by more than {@link GIVE_UP_MS}: then its agent is ended, and the
   * command with it says what has become of the container.
   */
  async stop(endTree: (root: number) => Promise<void>): Promise<void> {
    const pid = await Promise.race([this.#begun, this.#ended]);
    if (pid === null) return;
    try {
      await endTree(pid);
    } catch {
      // the container or its engine does not answer; ending the agent brings that to light
    }
    const late = sleep(GIVE_UP_MS, 'late', { ref: false });
    if ((await Promise.race([late, this.#ended])) === 'late') this.#agent?.end();
  }
}
