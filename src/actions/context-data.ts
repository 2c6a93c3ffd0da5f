import { isList, type Value } from './expressions.ts';

/** Context data as the job message carries it (protocol D.4). A missing `t` means string. */
export type ContextData =
  | null
  | string
  | number
  | boolean
  | { readonly t?: 0; readonly s?: string }
  | { readonly t: 1; readonly a?: readonly ContextData[] }
  | { readonly t: 2 | 5; readonly d?: readonly { readonly k: string; readonly v: ContextData }[] }
  | { readonly t: 3; readonly b?: boolean }
  | { readonly t: 4; readonly n?: number };

export function decodeContextData(data: ContextData | undefined): Value {
  if (data === undefined || data === null) return null;
  if (typeof data !== 'object') return data;
  switch (data.t) {
    case 1:
      return (data.a ?? []).map(decodeContextData);
    case 2:
    case 5:
      return Object.fromEntries((data.d ?? []).map(({ k, v }) => [k, decodeContextData(v)]));
    case 3:
      return data.b ?? false;
    case 4:
      return data.n ?? 0;
    default:
      return data.s ?? '';
  }
}

export function encodeContextData(value: Value): ContextData {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return { t: 1, a: value.map(encodeContextData) };
  return { t: 2, d: Object.entries(value).map(([k, v]) => ({ k, v: encodeContextData(v) })) };
}
