import { describe, expect, it } from 'vitest';
import { Lifecycle, type Part } from './lifecycle.ts';

const silent = {
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  child: () => silent,
};

function recording() {
  const calls: string[] = [];
  const part = (name: string, faults: Partial<Record<'start' | 'stop', boolean>> = {}): Part => {
    const act = (what: 'start' | 'stop') => async () => {
      calls.push(`${what} ${name}`);
      if (faults[what]) throw new Error(`${name} cannot ${what}`);
    };
    return { name, start: act('start'), stop: act('stop') };
  };
  return { calls, part };
}

describe('Lifecycle', () => {
  it('starts in order and stops in reverse, once', async () => {
    const { calls, part } = recording();
    const life = new Lifecycle([part('a'), part('b')], silent);
    await life.start();
    await Promise.all([life.stop(), life.stop()]);
    expect(calls).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('stops what had started when a part fails to start', async () => {
    const { calls, part } = recording();
    const life = new Lifecycle([part('a'), part('b', { start: true }), part('c')], silent);
    await expect(life.start()).rejects.toThrow('b cannot start');
    expect(calls).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('stops the rest when a part fails to stop or never does', async () => {
    const { calls, part } = recording();
    const hanging: Part = {
      name: 'hanging',
      start: async () => {},
      stop: () => new Promise(() => {}),
      stopWithinMs: 5,
    };
    const life = new Lifecycle([part('a'), hanging, part('b', { stop: true })], silent);
    await life.start();
    await life.stop();
    expect(calls).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });
});
