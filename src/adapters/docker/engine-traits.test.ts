import { describe, expect, it } from 'vitest';
import { traitsOf } from './engine-traits.ts';

describe('what an engine can do to keep jobs in', () => {
  it.each([
    ['nothing of the kind', { SecurityOptions: ['name=seccomp,profile=default'] }, false],
    ['an engine that names no options', { SecurityOptions: null }, false],
    ['user namespaces', { SecurityOptions: ['name=seccomp,profile=default', 'name=userns'] }, true],
    ['a rootless engine', { SecurityOptions: ['name=rootless', 'name=cgroupns'] }, true],
    ['a default runtime that is a sandbox', { DefaultRuntime: 'runsc' }, true],
    ['a name that only contains the word', { SecurityOptions: ['name=usernsish'] }, false],
  ])('root inside with %s', (_what, info, contained) => {
    expect(traitsOf(info).rootIsContained()).toBe(contained);
  });

  it('a sandbox as the runtime of one container counts for that one', () => {
    const traits = traitsOf({ DefaultRuntime: 'runc' });
    expect(traits.rootIsContained('kata-runtime')).toBe(true);
    expect(traits.rootIsContained('runc')).toBe(false);
  });
});
