import type { z } from 'zod';
import { configSchema } from '../contract/config.ts';
import type { SettingMeta } from '../contract/setting.ts';

/** A leaf of the configuration as the environment and the documentation see it. */
export interface Setting {
  /** Dotted path in `runnerhub.yml`. */
  readonly path: string;
  readonly kind: 'text' | 'number' | 'boolean';
  readonly meta: SettingMeta;
  readonly defaultValue: unknown;
  /** The schema, for the documentation's "allowed values". */
  readonly schema: z.ZodType;
}

interface Definition {
  readonly type: string;
  readonly shape?: Record<string, z.ZodType>;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly defaultValue?: unknown;
}

const definitionOf = (schema: z.ZodType): Definition =>
  (schema as unknown as { def: Definition }).def;

const WRAPPERS = new Set(['default', 'prefault', 'optional', 'nullable']);

/** The schema inside default, optional and the like, with the outermost default seen on the way. */
export function unwrap(schema: z.ZodType): { inner: z.ZodType; defaultValue: unknown } {
  let inner = schema;
  let defaultValue: unknown;
  for (
    let definition = definitionOf(inner);
    WRAPPERS.has(definition.type);
    definition = definitionOf(inner)
  ) {
    if (definition.type === 'default') defaultValue ??= definition.defaultValue;
    if (definition.innerType === undefined) break;
    inner = definition.innerType;
  }
  return { inner, defaultValue };
}

/** Every setting below an object schema, in the order of the schema. */
export function settingsOf(schema: z.ZodType = configSchema, prefix = ''): readonly Setting[] {
  const { inner, defaultValue } = unwrap(schema);
  const definition = definitionOf(inner);
  if (definition.type === 'object') {
    return Object.entries(definition.shape ?? {}).flatMap(([key, child]) =>
      settingsOf(child, prefix === '' ? key : `${prefix}.${key}`),
    );
  }
  const meta = (schema.meta() ?? inner.meta()) as SettingMeta | undefined;
  if (meta === undefined) return [];
  return [{ path: prefix, kind: kindOf(definition.type), meta, defaultValue, schema: inner }];
}

function kindOf(type: string): Setting['kind'] {
  if (type === 'number') return 'number';
  return type === 'boolean' ? 'boolean' : 'text';
}
