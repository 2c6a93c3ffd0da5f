declare const brand: unique symbol;

/**
 * Valid UTF-8 held in a string, one code unit per byte. Output of steps travels like this: JavaScript
 * keeps it as compactly as it came and searches it fast, and nothing is decoded that nobody reads.
 */
export type ByteText = string & { readonly [brand]: 'bytes' };

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);

export function toByteText(text: string): ByteText {
  if (isAscii(text)) return text as ByteText;
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return bytes as ByteText;
}

export function fromByteText(bytes: ByteText): string {
  if (isAscii(bytes)) return bytes;
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return decoder.decode(Uint8Array.from(bytes, (unit) => unit.charCodeAt(0)));
}

/** A part that begins and ends between characters: at line ends, or around other whole text. */
export const sliceBytes = (bytes: ByteText, start: number, end?: number): ByteText =>
  bytes.slice(start, end) as ByteText;
