/**
 * The words of a command line as .NET reads it, by which the official runner starts programs: parted
 * by spaces and tabs; only double quotes hold words together, and a backslash means something only
 * in front of one.
 */
export function splitCommandLine(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(WORD)) words.push(unquote(word));
  return words;
}

/** Backslashes before a quote count in pairs; within quotes, two quotes are one that is meant. */
const WORD = /(?:(?:\\\\)*\\"|"(?:[^"\\]|\\[\s\S]|"")*(?:"|$)|[^ \t"])+/g;

function unquote(word: string): string {
  let result = '';
  let quoted = false;
  for (let at = 0; at < word.length; at++) {
    const slashes = /^\\*/.exec(word.slice(at))?.[0].length ?? 0;
    const meansQuote = word[at + slashes] === '"';
    result += '\\'.repeat(meansQuote ? Math.floor(slashes / 2) : slashes);
    at += slashes;
    const isText = meansQuote && slashes % 2 === 1;
    if (word[at] !== '"' || isText) result += word[at] ?? '';
    else if (quoted && word[at + 1] === '"') result += word[++at];
    else quoted = !quoted;
  }
  return result;
}
