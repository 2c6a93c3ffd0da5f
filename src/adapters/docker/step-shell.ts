/**
 * The shell text that the hub sends to a step agent. The agent is nothing but the image's own `sh`
 * reading its standard input, so every request is a few lines of POSIX shell that this file writes;
 * nothing of it ever comes from a step. All values travel inside single quotes.
 */

/** A word that every POSIX shell reads back unchanged. */
export const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Sent once. Reports go to fd 3 and 4 (the exec's stdout and stderr); the shell's own messages go
 * nowhere. `t` finds processes that still hold these pipes, `z` closes a request: it waits up to
 * 5 s for such processes (protocol G.12), then ends both streams with the request's mark.
 */
export const BOOT = `exec 3>&1 4>&2 >/dev/null 2>&1
umask 022
PATH=\${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}
S=$(command -v setsid) E=$(command -v env)
t() { for d in /proc/[0-9]*; do
[ "$d" = "/proc/$$" ] && continue
[ "$d/fd/1" -ef /proc/$$/fd/3 ] && return 0
[ "$d/fd/2" -ef /proc/$$/fd/4 ] && return 0
[ "$d/fd/2" -ef /proc/$$/fd/3 ] && return 0
[ "$d/fd/1" -ef /proc/$$/fd/4 ] && return 0
done; return 1; }
z() { h=0; if [ "$3" = r ] && t; then
i=0; while t; do i=$((i+1)); [ $i -gt 50 ] && { h=1; break; }; sleep 0.1 || sleep 1; done
fi
printf '%s %s %s\\n' "$1" "$2" "$h" >&3; printf '%s\\n' "$1" >&4; }
`;

export interface CommandText {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Names that a shell treats as its own; they are handed over by `env` instead of `export`. */
const SHELL_OWN =
  /^(UID|EUID|PPID|GROUPS|IFS|PWD|OLDPWD|OPTIND|OPTARG|OPTERR|RANDOM|SRANDOM|SECONDS|LINENO|EPOCH.*|SHELLOPTS|HIST.*|FUNCNAME|DIRSTACK|HOSTNAME|MAIL.*|PS[0-9]|FUNCNEST|TMOUT|POSIXLY_CORRECT|COMP_.*|BASH.*|SHLVL|_|[a-z]|[A-Z])$/;

const isPlainName = (name: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !SHELL_OWN.test(name);

/**
 * Runs a command as the leader of its own session, so that it can be signalled as a whole. The
 * first report is `mark p pid`, or `mark c` when there is no such folder, or `mark n` when there is
 * no such program. The command never sees
 * the mark, the request pipe or the report pipes' spare descriptors.
 */
export function runText(mark: string, command: CommandText): string {
  const names = Object.keys(command.env).filter((name) => name !== '' && !name.includes('='));
  const plain = names.filter(isPlainName);
  const odd = names.filter((name) => !isPlainName(name));
  const value = (name: string) => quote(command.env[name] ?? '');
  const exports = plain.map((name) => `${name}=${value(name)}`).join(' ');
  const viaEnv =
    odd.length === 0
      ? ''
      : `"$E" ${odd.map((n) => quote(`${n}=${command.env[n] ?? ''}`)).join(' ')} `;
  return `(read -r p _ </proc/self/stat
echo 500 >/proc/self/oom_score_adj
cd ${quote(command.cwd)} || { echo "${mark} c" >&3; exit 127; }
s=$S e=$E; unset PATH OLDPWD SHLVL
${exports === '' ? '' : `export ${exports}`}
S=$s E=$e
command -v ${quote(command.argv[0] ?? '')} || { echo "${mark} n" >&3; exit 127; }
echo "${mark} p $p" >&3
exec \${S:+"$S"} ${viaEnv}${command.argv.map(quote).join(' ')} </dev/null >&3 2>&4 3>&- 4>&-)
z ${mark} $? r
`;
}

/** Any short piece of shell whose standard output is the answer and whose status is the code. */
export const shortText = (mark: string, body: string): string =>
  `echo "${mark} p 0" >&3\n(${body}\n) >&3 2>&4 </dev/null\nz ${mark} $? s\n`;

/** Like {@link shortText}, without a process of its own: only built-ins may be in `body`. */
export const builtinText = (mark: string, body: string): string =>
  `echo "${mark} p 0" >&3\nc=0\n${body}\nz ${mark} $c s\n`;

const octal = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += `\\${byte.toString(8).padStart(3, '0')}`;
  return text;
};

/** Writes one file with built-ins only; sets `c` when it fails. */
export function writeText(path: string, content: Uint8Array | string, mode: number): string {
  const folder = path.slice(0, path.lastIndexOf('/')) || '/';
  const text = typeof content === 'string' ? content : asText(content);
  const print =
    text === null ? `printf ${quote(octal(toBytes(content)))}` : `printf %s ${quote(text)}`;
  const chmod = mode === 0o644 ? '' : ` && chmod ${mode.toString(8)} ${quote(path)}`;
  return `[ -d ${quote(folder)} ] || mkdir -p ${quote(folder)}
{ ${text === '' ? ':' : print}; } >${quote(path)}${chmod} || c=1`;
}

/** Text that survives the way through a shell: valid UTF-8 without NUL. */
function asText(content: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

const toBytes = (content: Uint8Array | string): Uint8Array =>
  typeof content === 'string' ? Buffer.from(content) : content;

/** Prints one letter: `m` for no regular file, `e` for an empty one, `f` for one with content. */
export const lookText = (path: string): string =>
  `if [ ! -f ${quote(path)} ]; then l=m; elif [ -s ${quote(path)} ]; then l=f; else l=e; fi; printf $l >&3`;

/** Prints at most `maxBytes` of a file. */
export const readText = (path: string, maxBytes: number): string =>
  `head -c ${maxBytes} ${quote(path)} >&3 || c=1`;
