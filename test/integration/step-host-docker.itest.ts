import { afterEach, describe, expect, it } from 'vitest';
import { defineStepHostContract } from '../contract/define-step-host.ts';
import { type StepContainer, startStepContainer } from '../support/step-container.ts';

const ladder = { afterIntMs: 1_000, afterTermMs: 500 };

defineStepHostContract('docker', () => startStepContainer({ ladder }));
defineStepHostContract('docker, read-only and without capabilities', () =>
  startStepContainer({ ladder, hardened: true }),
);
defineStepHostContract('docker, as root', () => startStepContainer({ ladder, user: 'root' }));

describe('a step host of Docker', () => {
  let box: StepContainer | undefined;
  afterEach(() => box?.remove());

  const env = { PATH: '/usr/bin:/bin' };
  const silent = { stdout: () => undefined, stderr: () => undefined };
  const never = new AbortController().signal;

  it('goes on when a step has killed its agent', async () => {
    box = await startStepContainer({ ladder });
    const { host } = box;
    const killed = await host.exec(
      { argv: ['sh', '-c', 'kill -9 $PPID; sleep 5151'], cwd: '/', env },
      silent,
      never,
    );
    expect(killed.code).toBe(137);
    let out = '';
    const sink = {
      stdout(chunk: Uint8Array) {
        out += Buffer.from(chunk).toString();
      },
      stderr: () => undefined,
    };
    const list = {
      argv: ['sh', '-c', 'grep -ls 515[1] /proc/[0-9]*/cmdline; echo ok'],
      cwd: '/',
      env,
    };
    await host.exec(list, sink, never);
    expect(out).toBe('ok\n');
  });

  it('survives a step that uses up all processes', async () => {
    box = await startStepContainer({ ladder });
    const { host } = box;
    const bomb = 'i=0; while [ $i -lt 1000 ]; do sleep 6161 & i=$((i+1)); done';
    await host
      .exec({ argv: ['sh', '-c', bomb], cwd: '/', env }, silent, AbortSignal.timeout(3_000))
      .catch(() => undefined);
    const cancel = new AbortController();
    cancel.abort();
    const after = await host.exec({ argv: ['true'], cwd: '/', env }, silent, never);
    expect([0, 137]).toContain(after.code);
  });

  it('is told apart: a container that has ended', async () => {
    box = await startStepContainer({ ladder });
    await box.container.kill();
    await expect(box.host.read('/etc/passwd', 10)).rejects.toMatchObject({
      code: 'container-lost',
    });
    await expect(
      box.host.exec({ argv: ['true'], cwd: '/', env }, silent, never),
    ).rejects.toMatchObject({ code: 'container-lost' });
  });
});
