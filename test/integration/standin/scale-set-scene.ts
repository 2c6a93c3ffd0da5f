import { randomUUID } from 'node:crypto';
import type { Fixture } from './fixture.ts';
import { RawRunner, readJitConfig } from './raw-runner.ts';
import { ScaleSetClient } from './scale-set-client.ts';

let number = 0;

export const workflowFor = (label: string) =>
  `on: push\njobs:\n  build:\n    runs-on: ${label}\n    steps: [{ run: echo hi }]\n`;

/** A repository whose jobs ask for a new scale set, and the set with its open session. */
export async function scaleSetScene(github: Fixture) {
  const name = `set-${++number}`;
  const repository = `org-${number}/app`;
  await github.repository(repository, { 'ci.yml': workflowFor(name) });
  const client = new ScaleSetClient(`${github.url}/org-${number}`);
  await client.connect();
  await client.create(name);
  await client.openSession();
  return { name, repository, client, run: () => github.startRun(repository) };
}

/** A runner of the set, online. */
export async function runnerOfSet(github: Fixture, client: ScaleSetClient): Promise<RawRunner> {
  const { status, body } = await client.jitConfig(`runner-${randomUUID()}`);
  if (status !== 200) throw new Error(JSON.stringify(body));
  const runner = new RawRunner(github, body.runner.id, readJitConfig(body.encodedJITConfig));
  await runner.login();
  await runner.openSession();
  return runner;
}
