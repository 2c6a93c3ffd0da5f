import type { StepHost } from '../../src/ports/step-host.ts';

export interface SayWish {
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
}

/** What a shell text prints in a step host, both streams together; ended after 30 s. */
export async function say(host: StepHost, script: string, wish: SayWish = {}): Promise<string> {
  let said = '';
  const hear = (chunk: Uint8Array) => {
    said += Buffer.from(chunk).toString();
  };
  await host.exec(
    {
      argv: ['sh', '-c', script],
      cwd: '/',
      env: { ...host.facts.env, ...wish.env },
      ...(wish.user === undefined ? {} : { user: wish.user }),
    },
    { stdout: hear, stderr: hear },
    AbortSignal.timeout(30_000),
  );
  return said;
}
