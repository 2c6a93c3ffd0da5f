/**
 * The forms in which a secret may turn up in a log (protocol G.11, and one more). Each returns '' where the form
 * does not apply or would be too short to be told from ordinary text.
 */
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Base64 of UTF-8 bytes. */
export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** A secret inside a longer base64 text looks different by its offset there. */
const shifted = (value: string, by: number): string => {
  const bytes = bytesOf(value);
  return base64(bytes.length > by ? bytes.subarray(by) : bytes);
};

/** Shorter pieces would be found in ordinary base64, too. */
const MIN_CORE = 8;

/**
 * Of a secret within a longer base64 text, what stays the same whatever follows it: three bytes become
 * four letters, and those that do not fill three mix with their successors. The official runner does
 * not know it, and prints the secret of `echo "$SECRET" | base64`.
 */
function core(value: string, by: number): string {
  const bytes = bytesOf(value).subarray(by);
  const text = base64(bytes.subarray(0, bytes.length - (bytes.length % 3)));
  return text.length >= MIN_CORE ? text : '';
}

const jsonEscape = (value: string): string =>
  JSON.stringify(value)
    .slice(1, -1)
    .replace(/[\u0085\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

function uriEscape(value: string): string {
  return encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\uFFFD')).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const XML: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '&': '&amp;',
};
const xmlEscape = (value: string): string => value.replace(/[<>"'&]/g, (c) => XML[c] ?? c);

const withoutQuotes = (value: string): string =>
  value.length > 8 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : '';

/** PowerShell colors a failing command around `&`, which cuts a secret into two fragments. */
const MIN_FRAGMENT = 6;

function beforeAmpersand(value: string): string {
  const plus = value.indexOf('&+');
  const end = plus >= 0 ? plus + 2 : value.lastIndexOf('&') + 1;
  return end >= MIN_FRAGMENT ? value.slice(0, end) : '';
}

function afterAmpersand(value: string): string {
  if (!value.includes('&')) return '';
  const plus = value.indexOf('&+');
  const fragment = plus >= 0 ? value.slice(plus + 3) : value.slice(value.lastIndexOf('&') + 1);
  return fragment.length >= MIN_FRAGMENT ? fragment : '';
}

/** A value and all its encodings, without repeats and empty ones. */
export function encodingsOf(value: string): ReadonlySet<string> {
  const forms = new Set([
    value,
    shifted(value, 0),
    shifted(value, 1),
    shifted(value, 2),
    core(value, 0),
    core(value, 1),
    core(value, 2),
    value.replaceAll('"', '\\"'),
    value.replaceAll("'", "''"),
    jsonEscape(value),
    uriEscape(value),
    xmlEscape(value),
    withoutQuotes(value),
    beforeAmpersand(value),
    afterAmpersand(value),
  ]);
  forms.delete('');
  return forms;
}
