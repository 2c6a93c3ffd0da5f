/**
 * Where a job may go in the network.
 *
 * `open`        Everywhere but the machine itself, other jobs and private networks.
 * `allow-list`  To the names of the list, through a proxy that is the job's only neighbour.
 * `learn`       Anywhere by name, through the same proxy, which notes the names: a list to start from.
 * `none`        Nowhere.
 */
export const EGRESS_MODES = ['open', 'allow-list', 'learn', 'none'] as const;

/** One entry of an allow list. */
export interface AllowRule {
  /** Lower case; with `*.` in front every name below it is meant, not the name itself. */
  readonly name: string;
  /** Null: the ports of the web, 80 and 443. */
  readonly port: number | null;
  /** Where the name is, whatever DNS says; the only way to an address of a private network. */
  readonly address: string | null;
}

export const WEB_PORTS: readonly number[] = [80, 443];

/** What jobs need of github.com, as GitHub's documentation of self-hosted runners lists it. */
const GITHUB = [
  'github.com',
  'api.github.com',
  'codeload.github.com',
  'ghcr.io',
  '*.actions.githubusercontent.com',
  '*.blob.core.windows.net',
  '*.pkg.github.com',
  'github-cloud.githubusercontent.com',
  'github-cloud.s3.amazonaws.com',
  'objects.githubusercontent.com',
  'objects-origin.githubusercontent.com',
  'pkg-containers.githubusercontent.com',
  'raw.githubusercontent.com',
  'release-assets.githubusercontent.com',
];

const NAME = /^(\*\.)?(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62}\.)*[a-z0-9_-]{1,63}$/;
const ENTRY = /^([^:=]+)(?::(\d{1,5}))?(?:=(\d{1,3}(?:\.\d{1,3}){3}))?$/;

/** One entry of the configuration: `name`, `*.name`, `name:port`, `name=address`, or `github`. */
export function parseAllow(entry: string): readonly AllowRule[] | null {
  const text = entry.trim().toLowerCase();
  if (text === 'github') return GITHUB.map((name) => ({ name, port: null, address: null }));
  const [, name = '', port, address = null] = ENTRY.exec(text) ?? [];
  if (!NAME.test(name)) return null;
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535)) return null;
  if (address !== null && addressNumber(address) === null) return null;
  return [{ name, port: port === undefined ? null : Number(port), address }];
}

/** The first rule for a name, and for a port where one is asked for; null where none allows it. */
export function ruleFor(
  rules: readonly AllowRule[],
  asked: string,
  port: number | null,
): AllowRule | null {
  const name = asked.toLowerCase().replace(/\.$/, '');
  const fits = (rule: AllowRule): boolean =>
    rule.name.startsWith('*.') ? name.endsWith(rule.name.slice(1)) : name === rule.name;
  const open = (rule: AllowRule): boolean =>
    port === null || (rule.port === null ? WEB_PORTS.includes(port) : rule.port === port);
  return rules.find((rule) => fits(rule) && open(rule)) ?? null;
}

/**
 * The ports that a list opens beside those of the web. Nothing in such a connection tells the name,
 * so each may belong to one name only; null when two names want the same.
 */
export function namedPorts(rules: readonly AllowRule[]): ReadonlyMap<number, string> | null {
  const owners = new Map<number, string>();
  for (const { name, port } of rules) {
    if (port === null || WEB_PORTS.includes(port)) continue;
    if ((owners.get(port) ?? name) !== name || name.startsWith('*.')) return null;
    owners.set(port, name);
  }
  return owners;
}

/** Addresses that no job may reach, whatever name leads there (RFC 6890: not global). */
export const CLOSED_RANGES: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Whether an IPv4 address is closed to jobs; what is no such address is closed, too. */
export function isClosed(address: string): boolean {
  const number = addressNumber(address);
  if (number === null) return true;
  return CLOSED_RANGES.some((range) => {
    const [first = '', bits = ''] = range.split('/');
    const size = 2 ** (32 - Number(bits));
    const start = addressNumber(first) ?? 0;
    return number >= start && number < start + size;
  });
}

function addressNumber(text: string): number | null {
  const parts = /^\d{1,3}(\.\d{1,3}){3}$/.test(text) ? text.split('.').map(Number) : [];
  if (parts.length !== 4 || parts.some((part) => part > 255)) return null;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** What a proxy noted of one name. */
export interface EgressNote {
  readonly verdict: 'allowed' | 'refused';
  readonly name: string;
  /** Null: only the name was asked for. */
  readonly port: number | null;
  readonly why?: string;
}
