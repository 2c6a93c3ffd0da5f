import {
  type ContainerOptions,
  OptionProblem,
  parseContainerOptions,
} from './container-options.ts';
import { isList, isRecord, toText, type Value } from './expressions.ts';

export interface PortWish {
  /** Null where any will do. */
  readonly hostPort: number | null;
  readonly containerPort: number;
}

export interface VolumeWish {
  /** Null for one without a name. */
  readonly name: string | null;
  readonly path: string;
  readonly readOnly: boolean;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A container as `container:` or a member of `services:` asks for it. */
export interface ContainerWish {
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly PortWish[];
  readonly volumes: readonly VolumeWish[];
  readonly options: ContainerOptions;
  readonly credentials: Credentials | null;
}

/**
 * Reads an evaluated `container:` or service: the name of an image, or a mapping (protocol G.15). Null
 * where there is no image. Throws `OptionProblem` with a message for the user.
 */
export function readContainerWish(value: Value): ContainerWish | null {
  const given = isRecord(value) ? value : { image: value };
  const image = toText(given['image'] ?? null).replace(/^docker:\/\//, '');
  if (image === '') return null;
  return {
    image,
    env: texts(given['env']),
    ports: items(given['ports']).map(readPort),
    volumes: items(given['volumes']).map(readVolume),
    options: parseContainerOptions(toText(given['options'] ?? null)),
    credentials: readCredentials(given['credentials']),
  };
}

const items = (value: Value | undefined): string[] =>
  value !== undefined && isList(value) ? value.map(toText) : [];

const texts = (value: Value | undefined): Record<string, string> =>
  isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toText(each)]))
    : {};

function readCredentials(value: Value | undefined): Credentials | null {
  const { username = '', password = '' } = texts(value);
  return username === '' && password === '' ? null : { username, password };
}

/** `80`, `8080:80`, `8080:80/tcp`. */
function readPort(text: string): PortWish {
  const match = /^(?:(\d{1,5}):)?(\d{1,5})(?:\/tcp)?$/.exec(text);
  const [, host, container] = match ?? [];
  const ports = [host, container].filter((port) => port !== undefined).map(Number);
  if (match === null || ports.some((port) => port < 1 || port > 65_535)) {
    throw new OptionProblem(`The port '${text}' cannot be mapped; use 80, 8080:80 or 8080:80/tcp`);
  }
  return { hostPort: host === undefined ? null : Number(host), containerPort: Number(container) };
}

/** `/path`, `name:/path`, `name:/path:ro`. Folders of the machine are not given to jobs. */
function readVolume(text: string): VolumeWish {
  const parts = text.split(':');
  if (parts.length === 1) return { name: null, path: absolute(text, text), readOnly: false };
  const [name = '', path = '', mode = ''] = parts;
  if (!/^[a-zA-Z0-9][\w.-]*$/.test(name)) {
    throw new OptionProblem(
      `The volume '${text}' names a folder of the machine, which jobs may not use. Name a volume (data:/path) instead`,
    );
  }
  return { name, path: absolute(path, text), readOnly: mode === 'ro' };
}

function absolute(path: string, text: string): string {
  if (path.startsWith('/') && path !== '/') return path;
  throw new OptionProblem(`The volume '${text}' needs an absolute path in the container`);
}
