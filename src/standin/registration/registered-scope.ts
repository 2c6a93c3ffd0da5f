import { enterpriseScope } from '../state/runner-groups.ts';

/**
 * The scope that a page of GitHub stands for: `https://HOST/owner`, `https://HOST/owner/name` or
 * `https://HOST/enterprises/slug`; null for any other. The host is not looked at, since the stand-in
 * has several.
 */
export function scopeOfUrl(url: string): string | null {
  const path = URL.canParse(url) ? new URL(url).pathname : '';
  const [first, second, ...rest] = path.split('/').filter((part) => part !== '');
  if (first === undefined || rest.length > 0) return null;
  if (second === undefined) return first;
  return first.toLowerCase() === 'enterprises' ? enterpriseScope(second) : `${first}/${second}`;
}
