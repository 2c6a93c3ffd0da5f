/** What the pool's containers have; requirement labels such as `cpu:4` are compared with it. */
export interface PoolCapabilities {
  readonly cpuMillis: number;
  readonly memoryMb: number;
  /** Such as `x64` or `arm64`. */
  readonly arch: string;
  readonly gpus: number;
  /** Whether jobs can use Docker in it. */
  readonly docker: boolean;
  readonly tools: readonly string[];
}

/**
 * A label of `runs-on` that asks for a property instead of a name. It chooses among the pools; it
 * never changes the size of a container.
 */
export type Requirement =
  | { readonly kind: 'cpu'; readonly millis: number }
  | { readonly kind: 'memory'; readonly mb: number }
  | { readonly kind: 'arch'; readonly arch: string }
  | { readonly kind: 'gpu'; readonly count: number }
  | { readonly kind: 'docker' }
  | { readonly kind: 'tool'; readonly tool: string };

const MB_OF: Record<string, number> = { '': 1024, gb: 1024, g: 1024, mb: 1, m: 1 };

/** Other spellings of what GitHub's own runners call X64, ARM64 and so on. */
const ARCHES: Record<string, string> = { amd64: 'x64', x86_64: 'x64', aarch64: 'arm64' };

export const archOf = (text: string): string => ARCHES[text.toLowerCase()] ?? text.toLowerCase();

/**
 * `cpu:4` (cores, at least), `memory:8gb` or `memory:512mb` (at least; a bare number is GB),
 * `arch:arm64`, `gpu` or `gpu:2` (at least), `docker`, `tool:NAME`. Null: an ordinary label.
 */
export function parseRequirement(label: string): Requirement | null {
  const [kind = '', value] = split(label.toLowerCase());
  if (kind === 'docker') return value === null ? { kind } : null;
  if (kind === 'gpu') return counted(value ?? '1');
  if (value === null || value === '') return null;
  if (kind === 'arch') return { kind, arch: archOf(value) };
  if (kind === 'tool') return { kind, tool: value };
  if (kind === 'cpu') {
    return /^\d{1,4}(\.\d{1,3})?$/.test(value)
      ? { kind, millis: Math.round(Number(value) * 1000) }
      : null;
  }
  return kind === 'memory' ? sized(value) : null;
}

function split(label: string): readonly [string, string | null] {
  const colon = label.indexOf(':');
  return colon < 0 ? [label, null] : [label.slice(0, colon), label.slice(colon + 1)];
}

const counted = (value: string): Requirement | null =>
  /^\d{1,3}$/.test(value) ? { kind: 'gpu', count: Number(value) } : null;

function sized(value: string): Requirement | null {
  const found = /^(\d{1,7})(gb|g|mb|m|)$/.exec(value);
  const factor = MB_OF[found?.[2] ?? 'none'];
  return found === null || factor === undefined
    ? null
    : { kind: 'memory', mb: Number(found[1]) * factor };
}

export function meetsRequirement(has: PoolCapabilities, wanted: Requirement): boolean {
  switch (wanted.kind) {
    case 'cpu':
      return has.cpuMillis >= wanted.millis;
    case 'memory':
      return has.memoryMb >= wanted.mb;
    case 'arch':
      return archOf(has.arch) === wanted.arch;
    case 'gpu':
      return has.gpus >= wanted.count;
    case 'docker':
      return has.docker;
    case 'tool':
      return has.tools.some((tool) => tool.toLowerCase() === wanted.tool);
  }
}
