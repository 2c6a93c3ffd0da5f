import type { JobState } from './job-state.ts';

/** Output of a helper command that is kept at most. */
const MAX_OUTPUT = 64 * 1024 * 1024;

/** Runs a helper command of the executor's own; nothing of it appears in a log. */
export async function runQuietly(
  state: JobState,
  argv: readonly string[],
  cancel: AbortSignal = new AbortController().signal,
): Promise<{ readonly code: number; readonly output: string }> {
  const { host } = state;
  const chunks: Buffer[] = [];
  let size = 0;
  const { code } = await host.exec(
    { argv, cwd: '/', env: { ...host.facts.env, HOME: host.paths.home } },
    {
      stdout(chunk) {
        size += chunk.length;
        if (size <= MAX_OUTPUT) chunks.push(Buffer.from(chunk));
      },
      stderr: () => undefined,
    },
    cancel,
  );
  return { code, output: Buffer.concat(chunks).toString('utf8') };
}
