import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isClosed, namedPorts, parseAllow, ruleFor } from './egress.ts';

const rules = (...entries: string[]) =>
  entries.flatMap((entry) => {
    const parsed = parseAllow(entry);
    if (parsed === null) throw new Error(`no entry: ${entry}`);
    return parsed;
  });

describe('an allow list', () => {
  it.each([
    ['registry.npmjs.org', 'registry.npmjs.org', 443, true],
    ['registry.npmjs.org', 'Registry.NPMJS.org.', 443, true],
    ['registry.npmjs.org', 'registry.npmjs.org', 80, true],
    ['registry.npmjs.org', 'registry.npmjs.org', 22, false],
    ['registry.npmjs.org', 'npmjs.org', 443, false],
    ['registry.npmjs.org', 'evil-registry.npmjs.org', 443, false],
    ['registry.npmjs.org', 'registry.npmjs.org.evil.example', 443, false],
    ['*.debian.org', 'deb.debian.org', 443, true],
    ['*.debian.org', 'a.b.debian.org', 443, true],
    ['*.debian.org', 'debian.org', 443, false],
    ['*.debian.org', 'notdebian.org', 443, false],
    ['git.example:22', 'git.example', 22, true],
    ['git.example:22', 'git.example', 443, false],
    ['github', 'api.github.com', 443, true],
    ['github', 'github.com.evil.example', 443, false],
  ])('%s: may a job reach %s at port %d? %s', (entry, name, port, allowed) => {
    expect(ruleFor(rules(entry), name, port) !== null).toBe(allowed);
  });

  it('answers for a name where no port is asked for', () => {
    expect(ruleFor(rules('git.example:22'), 'git.example', null)).not.toBeNull();
    expect(ruleFor(rules('git.example:22'), 'other.example', null)).toBeNull();
  });

  it.each([
    '',
    'a b',
    'https://x.example',
    'x.example/path',
    '*.',
    '*',
    'x:0',
    'x:70000',
    'x=1.2.3',
    '*.*.x',
  ])('refuses the entry %j', (entry) => {
    expect(parseAllow(entry)).toBeNull();
  });

  it('lets one name have a port beside those of the web', () => {
    expect(namedPorts(rules('a.example:22', 'a.example', 'b.example:5432'))).toEqual(
      new Map([
        [22, 'a.example'],
        [5432, 'b.example'],
      ]),
    );
    expect(namedPorts(rules('a.example:22', 'b.example:22'))).toBeNull();
    expect(namedPorts(rules('*.example:22'))).toBeNull();
  });
});

describe('closed addresses', () => {
  it.each(['10.0.0.1', '127.0.0.1', '169.254.169.254', '172.17.0.1', '192.168.1.1', '224.0.0.1'])(
    '%s is one',
    (address) => {
      expect(isClosed(address)).toBe(true);
    },
  );

  it.each(['9.255.255.255', '11.0.0.0', '172.32.0.1', '203.0.113.9', '8.8.8.8'])(
    '%s is none',
    (address) => {
      expect(isClosed(address)).toBe(false);
    },
  );

  it('what is no address is closed', () => {
    fc.assert(
      fc.property(fc.string(), (text) => isClosed(text) || /^\d{1,3}(\.\d{1,3}){3}$/.test(text)),
    );
    expect(isClosed('::1')).toBe(true);
    expect(isClosed('1.2.3.256')).toBe(true);
  });
});
