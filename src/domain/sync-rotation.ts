export interface RotationInput {
  /** With something going on; they are looked at every time. */
  readonly active: readonly string[];
  readonly all: readonly string[];
  /** Where the round through all was left. */
  readonly position: number;
  readonly most: number;
}

/** Of a turn, how much goes to repositories that are not known to be active, at the least. */
const QUIET_SHARE = 0.2;

/**
 * Which repositories to look at in this turn: the active ones first, then the others in turns, so that
 * each is reached although no webhook ever told of it. Names differ without case.
 */
export function nextRepositories({ active, all, position, most }: RotationInput): {
  readonly names: readonly string[];
  readonly position: number;
} {
  const chosen = new Map<string, string>();
  const add = (name: string): void => {
    if (!chosen.has(name.toLowerCase())) chosen.set(name.toLowerCase(), name);
  };
  const room = Math.max(1, most);
  for (const name of active.slice(0, Math.floor(room * (1 - QUIET_SHARE)))) add(name);
  let at = all.length === 0 ? 0 : position % all.length;
  for (let step = 0; step < all.length && chosen.size < room; step += 1) {
    add(all[at] ?? '');
    at = (at + 1) % all.length;
  }
  return { names: [...chosen.values()], position: at };
}
