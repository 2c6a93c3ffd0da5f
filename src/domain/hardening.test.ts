import { describe, expect, it } from 'vitest';
import {
  FILE_CAPABILITIES,
  type HardeningWish,
  SUDO_RULES,
  type SudoRule,
  switchesOf,
} from './hardening.ts';

const aWish = (change: Partial<HardeningWish> = {}): HardeningWish => ({
  hardening: 'standard',
  sudo: 'if-safe',
  switches: {
    noNewPrivileges: false,
    capabilities: ['NET_RAW'],
    nonRoot: false,
    readOnlyRoot: true,
    seccomp: 'strict',
  },
  ...change,
});

describe('the switches of a level', () => {
  it.each<[SudoRule, boolean, boolean]>([
    ['if-safe', false, false],
    ['if-safe', true, true],
    ['always', false, true],
    ['always', true, true],
    ['never', false, false],
    ['never', true, false],
  ])('standard with sudo %s, root contained %s: root inside %s', (sudo, contained, inside) => {
    const switches = switchesOf(aWish({ sudo }), contained);
    expect(switches.noNewPrivileges).toBe(!inside);
    expect(switches.capabilities.length > FILE_CAPABILITIES.length).toBe(inside);
    expect(switches.capabilities).not.toContain('NET_RAW');
    expect(switches.capabilities).not.toContain('MKNOD');
  });

  it.each(SUDO_RULES)('hardened has no privilege whatever sudo says (%s)', (sudo) => {
    expect(switchesOf(aWish({ hardening: 'hardened', sudo }), true)).toEqual({
      noNewPrivileges: true,
      capabilities: [],
      nonRoot: true,
      readOnlyRoot: true,
      seccomp: 'strict',
    });
  });

  it('custom has each switch as it was set', () => {
    const wish = aWish({ hardening: 'custom' });
    expect(switchesOf(wish, true)).toEqual(wish.switches);
  });
});
