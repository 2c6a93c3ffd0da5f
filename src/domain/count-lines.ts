const WORD = 4;
const STRIDE = 4 * WORD;

/**
 * How many lines there are in text without a last line end. Every byte of every log comes through
 * here, so sixteen of them are looked at together.
 */
export function countLines(text: Uint8Array): number {
  const view = new DataView(text.buffer, text.byteOffset, text.byteLength);
  let lines = 1;
  let at = 0;
  for (; at + STRIDE <= text.length; at += STRIDE) {
    const found =
      feedsIn(view.getInt32(at, true)) +
      feedsIn(view.getInt32(at + WORD, true)) +
      feedsIn(view.getInt32(at + 2 * WORD, true)) +
      feedsIn(view.getInt32(at + 3 * WORD, true));
    lines += Math.imul(found, 0x01010101) >>> 24;
  }
  for (; at < text.length; at++) if (text[at] === 0x0a) lines++;
  return lines;
}

/** A one in the place of each of four bytes that is a line feed, which the XOR makes zero. */
function feedsIn(word: number): number {
  const bytes = word ^ 0x0a0a0a0a;
  return (~(((bytes & 0x7f7f7f7f) + 0x7f7f7f7f) | bytes | 0x7f7f7f7f) >>> 7) & 0x01010101;
}
