/** What `options:` of a container may set (the flags of `docker create` that are allowed here). */
export interface ContainerOptions {
  readonly env: Record<string, string>;
  readonly labels: Record<string, string>;
  readonly tmpfs: Record<string, string>;
  readonly dns: string[];
  readonly extraHosts: string[];
  readonly aliases: string[];
  readonly ulimits: { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
  readonly health: HealthOptions;
  user?: string;
  hostname?: string;
  workdir?: string;
  entrypoint?: string;
  stopSignal?: string;
  cpus?: number;
  memoryBytes?: number;
  shmBytes?: number;
  tty?: boolean;
  stdin?: boolean;
  readOnly?: boolean;
}

/** Times in milliseconds; what is absent is the image's own. */
export interface HealthOptions {
  off?: boolean;
  command?: string;
  interval?: number;
  timeout?: number;
  startPeriod?: number;
  retries?: number;
}

/** Options that cannot be used; the message names the one at fault. */
export class OptionProblem extends Error {
  override readonly name = 'OptionProblem';
}

type Take = (options: ContainerOptions, value: string) => void;

const pair = (record: (options: ContainerOptions) => Record<string, string>, mark = '='): Take => {
  return (options, text) => {
    const at = text.indexOf(mark);
    record(options)[at < 0 ? text : text.slice(0, at)] = at < 0 ? '' : text.slice(at + 1);
  };
};

const text =
  (name: 'user' | 'hostname' | 'workdir' | 'entrypoint' | 'stopSignal'): Take =>
  (options, value) => {
    options[name] = value;
  };

const number =
  (name: 'cpus' | 'memoryBytes' | 'shmBytes', read: (value: string) => number): Take =>
  (options, value) => {
    options[name] = read(value);
  };

const check =
  (
    name: 'interval' | 'timeout' | 'startPeriod' | 'retries',
    read: (value: string) => number,
  ): Take =>
  ({ health }, value) => {
    health[name] = read(value);
  };

const on = (name: 'tty' | 'stdin' | 'readOnly') => (options: ContainerOptions) => {
  options[name] = true;
};

/** Flags with a value, by their long names. */
const VALUES: Readonly<Record<string, Take>> = {
  env: pair(({ env }) => env),
  label: pair(({ labels }) => labels),
  tmpfs: pair(({ tmpfs }) => tmpfs, ':'),
  dns: ({ dns }, text) => void dns.push(text),
  'add-host': ({ extraHosts }, text) => void extraHosts.push(text),
  'network-alias': ({ aliases }, text) => void aliases.push(text),
  ulimit: ({ ulimits }, text) => void ulimits.push(readUlimit(text)),
  user: text('user'),
  hostname: text('hostname'),
  workdir: text('workdir'),
  entrypoint: text('entrypoint'),
  'stop-signal': text('stopSignal'),
  cpus: number('cpus', readNumber),
  memory: number('memoryBytes', readBytes),
  'shm-size': number('shmBytes', readBytes),
  'health-cmd': ({ health }, value) => {
    health.command = value;
  },
  'health-interval': check('interval', readDuration),
  'health-timeout': check('timeout', readDuration),
  'health-start-period': check('startPeriod', readDuration),
  'health-retries': check('retries', readNumber),
  // The runner names its containers itself.
  name: () => undefined,
};

/** Flags without a value. */
const SWITCHES: Readonly<Record<string, (options: ContainerOptions) => void>> = {
  tty: on('tty'),
  interactive: on('stdin'),
  'read-only': on('readOnly'),
  'no-healthcheck': ({ health }) => {
    health.off = true;
  },
  // Every container has an init.
  init: () => undefined,
};

const SHORT: Readonly<Record<string, string>> = {
  e: 'env',
  l: 'label',
  u: 'user',
  h: 'hostname',
  w: 'workdir',
  m: 'memory',
  t: 'tty',
  i: 'interactive',
};

/** Reads `options:` as `docker create` would. Throws `OptionProblem` for what is not allowed. */
export function parseContainerOptions(text: string): ContainerOptions {
  const options: ContainerOptions = {
    ...{ env: {}, labels: {}, tmpfs: {}, dns: [], extraHosts: [], aliases: [], ulimits: [] },
    health: {},
  };
  const words = splitWords(text);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    for (const flag of flagsOf(word)) takeFlag(options, flag, words);
  }
  return options;
}

interface Flag {
  readonly name: string;
  readonly shown: string;
  readonly value?: string;
}

/** `--name=value`, `--name`, `-u value`, `-uroot`, and switches together as in `-it`. */
function flagsOf(word: string): Flag[] {
  const long = /^--([a-z-]+)(?:=([\s\S]*))?$/.exec(word);
  if (long !== null) {
    const [, name = '', value] = long;
    return [{ name, shown: `--${name}`, ...(value === undefined ? {} : { value }) }];
  }
  if (!/^-[a-zA-Z]/.test(word)) throw new OptionProblem(`'${word}' is no option`);
  const letter = word[1] ?? '';
  const name = SHORT[letter] ?? letter;
  const rest = word.slice(2);
  const flag = { name, shown: `-${letter}` };
  if (rest === '') return [flag];
  if (Object.hasOwn(SWITCHES, name)) return [flag, ...flagsOf(`-${rest}`)];
  return [{ ...flag, value: rest.replace(/^=/, '') }];
}

function takeFlag(options: ContainerOptions, { name, shown, value }: Flag, rest: string[]): void {
  const turnOn = Object.hasOwn(SWITCHES, name) ? SWITCHES[name] : undefined;
  if (turnOn !== undefined) {
    if (value !== 'false') turnOn(options);
    return;
  }
  const take = Object.hasOwn(VALUES, name) ? VALUES[name] : undefined;
  if (take === undefined) {
    throw new OptionProblem(
      `The option '${shown}' is not allowed: it would let the job reach beyond its own containers, or is not known. Allowed are ${ALLOWED}`,
    );
  }
  const given = value ?? rest.shift();
  if (given === undefined) throw new OptionProblem(`The option '${shown}' needs a value`);
  take(options, given);
}

const ALLOWED = [...Object.keys(VALUES), ...Object.keys(SWITCHES)]
  .map((name) => `--${name}`)
  .join(', ');

/** Words as a POSIX shell splits them, with both kinds of quotes and backslashes. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  const pieces = /\s+|'([^']*)'|"((?:\\.|[^"\\])*)"|\\([\s\S])|([^\s'"\\]+)|(['"\\])/g;
  let word: string | null = null;
  for (const [all, single, double, escaped, plain, open] of text.matchAll(pieces)) {
    if (open !== undefined) throw new OptionProblem(`A quote is not closed in: ${text}`);
    const part = single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain;
    if (part !== undefined) word = (word ?? '') + part;
    else if (word !== null && all.trim() === '') {
      words.push(word);
      word = null;
    }
  }
  return word === null ? words : [...words, word];
}

function readNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new OptionProblem(`'${text}' is no number`);
  return value;
}

const SIZES: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

function readBytes(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([bkmg])?b?$/i.exec(text) ?? [];
  if (digits === '') throw new OptionProblem(`'${text}' is no size, such as 64m or 1g`);
  return Math.floor(Number(digits) * (SIZES[unit.toLowerCase()] ?? 1));
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `1m30s`, `500ms`. */
function readDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.map(([all]) => all).join('') !== text || text === '') {
    throw new OptionProblem(`'${text}' is no duration, such as 10s or 1m30s`);
  }
  return parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNITS_MS[unit] ?? 0),
    0,
  );
}

function readUlimit(text: string): ContainerOptions['ulimits'][number] {
  const [, Name = '', soft = '', hard = soft] = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(text) ?? [];
  if (Name === '') throw new OptionProblem(`'${text}' is no ulimit, such as nofile=1024:2048`);
  return { Name, Soft: Number(soft), Hard: Number(hard) };
}
