import { type HostNeed, type HostView, lacking, loadOf } from './host.ts';
import type { HostName } from './ids.ts';

/**
 * Which of the hosts that have room gets a container:
 * `spread` the one with the fewest containers of the pool, so that the loss of a host costs little;
 * `pack` the fullest, so that others stay empty and can be let go;
 * `least-loaded` the one with the largest share free;
 * `affinity` one that has the pool's image and named volumes already, and of these the least loaded.
 */
export const PLACEMENTS = ['spread', 'pack', 'least-loaded', 'affinity'] as const;
export type PlacementStrategy = (typeof PLACEMENTS)[number];

export interface PlacementWish {
  readonly pool: string;
  readonly need: HostNeed;
  readonly strategy: PlacementStrategy;
  /** Labels that the host must have. */
  readonly hostLabels: Readonly<Record<string, string>>;
  /** The OCI runtime; null: the engine's own. */
  readonly runtime: string | null;
  /** Image and named volumes, as hosts list them in `holds`. */
  readonly wants: readonly string[];
  /** Hosts on which this pool has just failed, and why: taken only where no other has room. */
  readonly resting: ReadonlyMap<HostName, string>;
}

/** Why a host did not get the container. `full` passes when others end; the rest needs more. */
export interface HostRefusal {
  readonly host: HostName;
  readonly kind: 'down' | 'closed' | 'unfit' | 'strained' | 'full' | 'resting';
  /** For people, as in "host a: its 4 slots are taken". */
  readonly why: string;
}

export type Placement = { readonly host: HostName } | { readonly refusals: readonly HostRefusal[] };

/**
 * Decides on which host a container is made, or says of every host why not. The same input gives the
 * same answer: where hosts are equal, the first in the list wins.
 */
export function place(
  wish: PlacementWish,
  hosts: readonly HostView[],
  { evenResting }: { readonly evenResting: boolean },
): Placement {
  const judged = hosts.map((host) => ({ host, refusal: refusalOf(host, wish) }));
  const fitting = judged.filter(({ refusal }) => refusal === null).map(({ host }) => host);
  const best = bestOf(fitting, wish);
  if (best !== null) return { host: best.name };
  const rested = judged.filter(({ refusal }) => refusal?.kind === 'resting');
  const fallback = evenResting
    ? bestOf(
        rested.map(({ host }) => host),
        wish,
      )
    : null;
  if (fallback !== null) return { host: fallback.name };
  return { refusals: judged.flatMap(({ refusal }) => (refusal === null ? [] : [refusal])) };
}

function refusalOf(host: HostView, wish: PlacementWish): HostRefusal | null {
  const no = (kind: HostRefusal['kind'], why: string): HostRefusal => ({
    host: host.name,
    kind,
    why,
  });
  if (host.state === 'down' || host.state === 'unknown') {
    return no('down', host.why ?? 'it does not answer');
  }
  if (host.mode !== 'open') return no('closed', `it is ${host.mode}`);
  const unfit = misfit(host, wish);
  if (unfit !== null) return no('unfit', unfit);
  if (host.state === 'strained') return no('strained', host.why ?? 'it is short of room');
  const lack = lacking(host, wish.need);
  if (lack !== null) return no('full', lack);
  const failure = wish.resting.get(host.name);
  return failure === undefined ? null : no('resting', failure);
}

function misfit(host: HostView, { hostLabels, runtime }: PlacementWish): string | null {
  for (const [label, value] of Object.entries(hostLabels)) {
    if (host.labels[label] !== value) return `it is not labelled ${label}=${value}`;
  }
  if (runtime === null || host.runtimes.includes(runtime)) return null;
  const known = host.runtimes.join(', ') || 'none';
  return `its engine has no runtime called ${runtime} (it has: ${known})`;
}

/** Smaller is better; the parts are compared one after the other. */
function rank(host: HostView, { strategy, pool, wants }: PlacementWish): readonly number[] {
  const load = loadOf(host);
  switch (strategy) {
    case 'spread':
      return [host.pools.get(pool) ?? 0, host.used.slots];
    case 'pack':
      return [-load, -host.used.slots];
    case 'least-loaded':
      return [load, host.used.slots];
    case 'affinity':
      return [wants.filter((name) => !host.holds.has(name)).length, load, host.used.slots];
  }
}

function bestOf(hosts: readonly HostView[], wish: PlacementWish): HostView | null {
  const ranked = hosts.map((host) => ({ host, rank: rank(host, wish) }));
  // A stable sort: of equal hosts the first stays first.
  ranked.sort((left, right) => compare(left.rank, right.rank));
  return ranked[0]?.host ?? null;
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** "host a: its 4 slots are taken; host b: it is cordoned". */
export const describeRefusals = (refusals: readonly HostRefusal[]): string =>
  refusals.map(({ host, why }) => `host ${host}: ${why}`).join('; ') || 'there is no host';
