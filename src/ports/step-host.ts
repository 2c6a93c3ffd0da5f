import type { Readable } from 'node:stream';

/** A command in a step host. `argv[0]` is looked up in the PATH of `env`. */
export interface HostCommand {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** User name or `uid:gid`; absent means the host's default user. */
  readonly user?: string;
}

/** Bytes as they come. A returned promise holds back the command (back-pressure). */
export interface OutputSink {
  stdout(chunk: Uint8Array): void | Promise<void>;
  stderr(chunk: Uint8Array): void | Promise<void>;
}

export interface ExitStatus {
  /** The exit code; 128 + signal number when a signal ended it. */
  readonly code: number;
  /** The kernel ended a process of the container for want of memory. */
  readonly outOfMemory?: boolean;
  /** The command failed, and the kernel refused the container a process for want of room for more. */
  readonly tooManyProcesses?: boolean;
  /** Why the command could not be started, as a sentence without a stop; `code` is 127 then. */
  readonly notStarted?: string;
}

export interface HostFile {
  /** Absolute path inside the host; missing parent folders are made. */
  readonly path: string;
  readonly content: Uint8Array | string;
  /** Octal permission bits; 0o644 unless told. */
  readonly mode?: number;
  /** Owner; the step user unless told. */
  readonly owner?: 'root' | 'step-user';
}

/** Where things are inside the host (protocol G.5). Absolute, without trailing slash. */
export interface HostPaths {
  /** `_work`. */
  readonly work: string;
  /** Home of the step user. */
  readonly home: string;
  /** RUNNER_TEMP. */
  readonly temp: string;
  /** RUNNER_TOOL_CACHE. */
  readonly toolCache: string;
  /** Folder of downloaded actions. */
  readonly actions: string;
  /** Read-only folder of the node runtimes: `node20/bin/node` and `node24/bin/node` are below it. */
  readonly externals: string;
}

/** What the image offers; read once when the host is opened. */
export interface HostFacts {
  readonly os: 'Linux';
  readonly arch: 'X64' | 'ARM64';
  /** Environment of the image, with PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly image: string;
  /** Shells found on PATH, by name: bash, sh, pwsh, python. */
  readonly shells: readonly string[];
  /** Where those shells are, by name. */
  readonly shellPaths?: Readonly<Record<string, string>>;
}

/**
 * Where the steps of one job run: one container, from its reservation to its end.
 *
 * Every method throws `AppError('container-lost')` when the container has ended, and
 * `AppError('docker-down')` when its engine does not answer. Neither is a failed step.
 * Methods may be called concurrently.
 */
export interface StepHost {
  readonly paths: HostPaths;
  readonly facts: HostFacts;
  /**
   * Runs a command to its end. All output has been handed to `output` before it resolves. Standard
   * input is closed. Aborting `cancel` runs the ladder of protocol G.12 on the whole process tree
   * inside the container (SIGINT, 7.5 s, SIGTERM, 2.5 s, SIGKILL) and then resolves normally.
   */
  exec(command: HostCommand, output: OutputSink, cancel: AbortSignal): Promise<ExitStatus>;
  /** Writes files, replacing what is there; parents are made. */
  put(files: readonly HostFile[]): Promise<void>;
  /**
   * Unpacks an uncompressed tar into a folder, owned by the step user; parents are made, files that
   * are there already are replaced. When `tar` fails, its error is thrown as it came.
   */
  unpack(folder: string, tar: Readable): Promise<void>;
  /** The content, or null where there is no such file. Reads at most `maxBytes`. */
  read(path: string, maxBytes: number): Promise<Uint8Array | null>;
  /** Makes folders with parents, owned by the step user. */
  makeFolders(paths: readonly string[]): Promise<void>;
  /** Removes files or folders; missing ones are no error. */
  remove(paths: readonly string[]): Promise<void>;
}
