/**
 * A number from 0 up to 1 that depends on nothing but its arguments: the same seed gives the same
 * decisions, whatever else happens meanwhile. (FNV-1a over the text, then the finalizer of MurmurHash3.)
 */
export function roll(seed: string, fault: string, index: number, purpose = 'rate'): number {
  let hash = 0x811c9dc5;
  for (const char of `${seed}\n${fault}\n${index}\n${purpose}`) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
