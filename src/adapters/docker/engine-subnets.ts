/** An IPv4 block: first address as a number, and how many bits are fixed. */
export interface Cidr {
  readonly first: number;
  readonly bits: number;
}

export function parseCidr(text: string): Cidr | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return null;
  const numbers = match.slice(1).map(Number);
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = numbers;
  if ([a, b, c, d].some((part) => part > 255) || bits > 32) return null;
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { first: address - (address % sizeOf(bits)), bits };
}

export const formatCidr = ({ first, bits }: Cidr): string => `${formatAddress(first)}/${bits}`;

const formatAddress = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');

/** The first address that a machine of the block may have, or null where `block` is not an IPv4 block. */
export function firstAddress(block: string): string | null {
  const cidr = parseCidr(block);
  return cidr === null ? null : formatAddress(cidr.first + 1);
}

/** The address at a position in a block; 0 is the block's own, and 1 what Docker gives the machine. */
export const addressAt = ({ first }: Cidr, position: number): string =>
  formatAddress(first + position);

const sizeOf = (bits: number): number => 2 ** (32 - bits);

export const overlaps = (left: Cidr, right: Cidr): boolean =>
  left.first < right.first + sizeOf(right.bits) && right.first < left.first + sizeOf(left.bits);

/**
 * The first block of `bits` inside `range` that overlaps none of `used`, looking from block number
 * `from` onwards and around once. Null when all are taken.
 */
export function freeBlock(
  range: Cidr,
  bits: number,
  used: readonly Cidr[],
  from: number,
): Cidr | null {
  const count = 2 ** (bits - range.bits);
  for (let step = 0; step < count; step += 1) {
    const first = range.first + ((from + step) % count) * sizeOf(bits);
    const block = { first, bits };
    if (!used.some((other) => overlaps(other, block))) return block;
  }
  return null;
}
