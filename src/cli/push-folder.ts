import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AppError } from '../domain/errors.ts';

export interface Push {
  readonly folder: string;
  /** URL of the repository. */
  readonly remote: string;
  readonly token: string;
  /** PATH, to find git. */
  readonly searchPath: string;
}

/**
 * Pushes the files of a folder as one commit on `main`, as they are now, committed or not; what its
 * `.gitignore` names stays out. The folder itself is not touched: the repository is a temporary one.
 * Throws `AppError('bad-request')` when git is missing or refuses.
 */
export async function pushFolder({ folder, remote, token, searchPath }: Push): Promise<void> {
  const gitDir = await mkdtemp(path.join(tmpdir(), 'runnerhub-push-'));
  const git = (...args: string[]) =>
    runGit(args, folder, environment(gitDir, { folder, token, searchPath }));
  try {
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '--all', '--force', '.github');
    await git('add', '--all', '.');
    await git('commit', '--quiet', '--allow-empty', '--no-verify', '--message', 'The working tree');
    await git('push', '--quiet', '--force', remote, 'main');
  } finally {
    await rm(gitDir, { recursive: true, force: true });
  }
}

/** The token goes through the environment, so that no process list shows it. */
function environment(
  gitDir: string,
  { folder, token, searchPath }: Omit<Push, 'remote'>,
): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    PATH: searchPath,
    HOME: gitDir,
    GIT_DIR: gitDir,
    GIT_WORK_TREE: folder,
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'RunnerHub',
    GIT_AUTHOR_EMAIL: 'runnerhub@localhost',
    GIT_COMMITTER_NAME: 'RunnerHub',
    GIT_COMMITTER_EMAIL: 'runnerhub@localhost',
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
    GIT_CONFIG_KEY_1: 'safe.directory',
    GIT_CONFIG_VALUE_1: '*',
  };
}

function runGit(args: readonly string[], cwd: string, env: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
    const errors: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', (cause) =>
      reject(new AppError('bad-request', 'git cannot be started: install git', { cause })),
    );
    child.on('exit', (code) => {
      if (code === 0) return resolve();
      const said = Buffer.concat(errors).toString('utf8').trim();
      reject(new AppError('bad-request', `git ${args[0]} failed: ${said}`));
    });
  });
}
