// ../../../tmp/probe-host.ts
import Docker from 'dockerode';

// src/domain/errors.ts
var AppError = class extends Error {
  code;
  retryable;
  constructor(code, detail, options = {}) {
    super(detail, options.cause === void 0 ? void 0 : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
};
var isAppError = (error, code) =>
  error instanceof AppError && (code === void 0 || error.code === code);
var messageOf = (error) => (error instanceof Error ? error.message : String(error));

// src/adapters/docker/step-agent.ts
import { randomBytes } from 'node:crypto';

// src/adapters/docker/step-frames.ts
var FrameReader = class {
  #header = new Uint8Array(8);
  #have = 0;
  #left = 0;
  #stream = 'stdout';
  /** Parts of pieces inside `chunk`, in order. */
  *read(chunk) {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        at = this.#takeHeader(chunk, at);
        continue;
      }
      const end = Math.min(chunk.length, at + this.#left);
      this.#left -= end - at;
      yield { stream: this.#stream, bytes: chunk.subarray(at, end) };
      at = end;
    }
  }
  #takeHeader(chunk, from) {
    let at = from;
    while (this.#have < 8 && at < chunk.length) this.#header[this.#have++] = chunk[at++] ?? 0;
    if (this.#have === 8) {
      this.#have = 0;
      this.#stream = this.#header[0] === 2 ? 'stderr' : 'stdout';
      this.#left = new DataView(this.#header.buffer).getUint32(4);
    }
    return at;
  }
};
var MarkScanner = class {
  #mark;
  #held = Buffer.alloc(0);
  constructor(mark) {
    this.#mark = Buffer.from(mark, 'latin1');
  }
  /** Bytes before the mark that are certain, and what follows the mark once it was seen. */
  push(chunk) {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const at = bytes.indexOf(this.#mark);
    if (at >= 0) {
      this.#held = Buffer.alloc(0);
      return { before: bytes.subarray(0, at), after: bytes.subarray(at + this.#mark.length) };
    }
    const keep = this.#tailThatMayBegin(bytes);
    this.#held = keep === 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(bytes.length - keep));
    return { before: bytes.subarray(0, bytes.length - keep), after: null };
  }
  /** What was held back when the stream ended without the mark. */
  rest() {
    return this.#held;
  }
  #tailThatMayBegin(bytes) {
    const first = this.#mark[0] ?? 0;
    const from = Math.max(0, bytes.length - this.#mark.length + 1);
    for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
      if (bytes.subarray(at).equals(this.#mark.subarray(0, bytes.length - at))) {
        return bytes.length - at;
      }
    }
    return 0;
  }
};

// src/adapters/docker/step-answers.ts
var AnswerStream = class {
  #name;
  #todo = [];
  #ended;
  #state;
  #line = Buffer.alloc(0);
  #scan = null;
  constructor(name, ended) {
    this.#name = name;
    this.#ended = ended;
    this.#state = this.#first();
  }
  expect(owed) {
    this.#todo.push(owed);
  }
  /** Output inside `bytes`, piece by piece; resuming means that the last piece has been delivered. */
  *read(bytes) {
    let rest = bytes;
    while (rest.length > 0) {
      const owed = this.#todo[0];
      if (owed === void 0) return;
      if (this.#state === 'body') {
        this.#scan ??= new MarkScanner(owed.mark);
        const { before, after } = this.#scan.push(rest);
        if (before.length > 0) yield { owed, bytes: before };
        if (after === null) return;
        this.#scan = null;
        this.#state = 'tail';
        rest = after;
      } else {
        rest = this.#takeLine(owed, rest);
      }
    }
  }
  #takeLine(owed, bytes) {
    const end = bytes.indexOf(10);
    if (end < 0) {
      this.#line = Buffer.concat([this.#line, bytes]);
      return Buffer.alloc(0);
    }
    const words = Buffer.concat([this.#line, bytes.subarray(0, end)])
      .toString('latin1')
      .split(' ');
    this.#line = Buffer.alloc(0);
    if (this.#state === 'head') {
      this.#state = 'body';
      owed.onStart(words[1] ?? '', Number(words[2] ?? 0));
    } else {
      this.#state = this.#first();
      this.#todo.shift();
      this.#ended(owed, words);
    }
    return bytes.subarray(end + 1);
  }
  #first() {
    return this.#name === 'stdout' ? 'head' : 'body';
  }
};

// src/adapters/docker/step-shell.ts
var quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
var BOOT = `exec 3>&1 4>&2 >/dev/null 2>&1
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
var SHELL_OWN =
  /^(UID|EUID|PPID|GROUPS|IFS|PWD|OLDPWD|OPTIND|OPTARG|OPTERR|RANDOM|SRANDOM|SECONDS|LINENO|EPOCH.*|SHELLOPTS|HIST.*|FUNCNAME|DIRSTACK|HOSTNAME|MAIL.*|PS[0-9]|FUNCNEST|TMOUT|POSIXLY_CORRECT|COMP_.*|BASH.*|SHLVL|_|[a-z]|[A-Z])$/;
var isPlainName = (name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !SHELL_OWN.test(name);
function runText(mark, command) {
  const names = Object.keys(command.env).filter((name) => name !== '' && !name.includes('='));
  const plain = names.filter(isPlainName);
  const odd = names.filter((name) => !isPlainName(name));
  const value = (name) => quote(command.env[name] ?? '');
  const exports = plain.map((name) => `${name}=${value(name)}`).join(' ');
  const viaEnv =
    odd.length === 0
      ? ''
      : `"$E" ${odd.map((n) => quote(`${n}=${command.env[n] ?? ''}`)).join(' ')} `;
  return `(read -r p _ </proc/self/stat
echo 500 >/proc/self/oom_score_adj
cd ${quote(command.cwd)} || { echo "${mark} c" >&3; exit 127; }
echo "${mark} p $p" >&3
s=$S e=$E; unset PATH OLDPWD SHLVL
${exports === '' ? '' : `export ${exports}`}
S=$s E=$e
exec \${S:+"$S"} ${viaEnv}${command.argv.map(quote).join(' ')} </dev/null >&3 2>&4 3>&- 4>&-)
z ${mark} $? r
`;
}
var shortText = (mark, body) => `echo "${mark} p 0" >&3
(${body}
) >&3 2>&4 </dev/null
z ${mark} $? s
`;
var builtinText = (mark, body) => `echo "${mark} p 0" >&3
c=0
${body}
z ${mark} $c s
`;
var octal = (bytes) => {
  let text = '';
  for (const byte of bytes) text += `\\${byte.toString(8).padStart(3, '0')}`;
  return text;
};
function writeText(path, content, mode) {
  const folder = path.slice(0, path.lastIndexOf('/')) || '/';
  const text = typeof content === 'string' ? content : asText(content);
  const print =
    text === null ? `printf ${quote(octal(toBytes(content)))}` : `printf %s ${quote(text)}`;
  const chmod = mode === 420 ? '' : ` && chmod ${mode.toString(8)} ${quote(path)}`;
  return `[ -d ${quote(folder)} ] || mkdir -p ${quote(folder)}
{ ${text === '' ? ':' : print}; } >${quote(path)}${chmod} || c=1`;
}
function asText(content) {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}
var toBytes = (content) => (typeof content === 'string' ? Buffer.from(content) : content);
var readText = (path, maxBytes) =>
  `if [ ! -f ${quote(path)} ]; then c=44; elif [ -s ${quote(path)} ]; then head -c ${maxBytes} ${quote(path)} >&3 || c=1; fi`;

// src/adapters/docker/step-agent.ts
var AgentEnded = class extends Error {};
var StepAgent = class {
  #stream;
  #pending = /* @__PURE__ */ new Set();
  #answers;
  #spent = false;
  #ended = false;
  constructor(stream) {
    this.#stream = stream;
    const tails = /* @__PURE__ */ new Map();
    const ended = (owed, words) => {
      const other = tails.get(owed);
      if (other === void 0) tails.set(owed, words);
      else owed.onEnd(other.length > words.length ? other : words);
    };
    this.#answers = {
      stdout: new AnswerStream('stdout', ended),
      stderr: new AnswerStream('stderr', ended),
    };
    stream.on('error', () => void 0);
    stream.write(BOOT);
    void this.#pump();
  }
  get usable() {
    return !this.#spent && !this.#ended;
  }
  /** Whether no request is under way. */
  get idle() {
    return this.#pending.size === 0;
  }
  request(request) {
    if (this.#ended) return Promise.reject(new AgentEnded('The step agent has ended'));
    const mark = `${randomBytes(16).toString('hex')}`;
    return new Promise((resolve, reject) => {
      let noFolder = false;
      const pending = {
        mark,
        output: request.output,
        reject,
        onStart: (kind, pid) => {
          noFolder = kind === 'c';
          if (kind === 'p') request.started?.(pid);
        },
        onEnd: ([, code, held]) => {
          this.#pending.delete(pending);
          if (held === '1') this.#spent = true;
          resolve({ code: Number(code), noFolder });
        },
      };
      this.#pending.add(pending);
      this.#answers.stdout.expect(pending);
      this.#answers.stderr.expect(pending);
      this.#stream.write(request.text(mark));
    });
  }
  /** Ends the shell; what it still runs is left to the caller. */
  end() {
    this.#ended = true;
    this.#stream.destroy();
  }
  async #pump() {
    let failure;
    const frames = new FrameReader();
    try {
      for await (const chunk of this.#stream) {
        for (const { stream, bytes } of frames.read(chunk)) {
          for (const piece of this.#answers[stream].read(bytes)) {
            const wait = piece.owed.output[stream](piece.bytes);
            if (wait !== void 0) await wait;
          }
        }
      }
    } catch (error) {
      failure = error;
    }
    this.#ended = true;
    const gone = new AgentEnded('The step agent ended', { cause: failure });
    for (const pending of this.#pending) pending.reject(gone);
    this.#pending.clear();
  }
};
async function startAgent(docker2, containerId, user) {
  const exec = await docker2.getContainer(containerId).exec({
    Cmd: ['sh', '-c', 'exec env -i PATH="$PATH" sh'],
    User: user,
    WorkingDir: '/',
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  return new StepAgent(stream);
}

// src/adapters/docker/step-archive.ts
import tar from 'tar-stream';

async function putArchive(docker2, containerId, user, files) {
  const exec = await docker2.getContainer(containerId).exec({
    Cmd: ['tar', '-x', '-C', '/', '-f', '-'],
    User: user,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  const pack = tar.pack();
  for (const { path, content, mode } of files) {
    const size = Buffer.byteLength(content);
    const body = typeof content === 'string' ? content : Buffer.from(content);
    pack.entry({ name: path.slice(1), size, mode: mode ?? 420 }, body);
  }
  pack.finalize();
  pack.pipe(stream);
  let said = '';
  for await (const chunk of stream) said = `${said}${String(chunk)}`.slice(-500);
  const { ExitCode } = await exec.inspect();
  if (ExitCode !== 0) {
    throw new AppError('docker-failed', `Files could not be written to the container: ${said}`);
  }
}

// src/adapters/docker/step-errors.ts
import { setTimeout as sleep } from 'node:timers/promises';

var statusOf = (error) =>
  typeof error === 'object' && error !== null && 'statusCode' in error
    ? Number(error.statusCode)
    : void 0;
var LOOKS = 5;
var BETWEEN_LOOKS_MS = 100;
async function explainLoss(docker2, containerId, cause) {
  try {
    for (let look = 0; look < LOOKS; look++) {
      const { State } = await docker2.getContainer(containerId).inspect();
      if (!State.Running) {
        const why = State.OOMKilled ? ', out of memory' : '';
        const detail = `The container of this job ended (exit code ${State.ExitCode}${why})`;
        return new AppError('container-lost', detail, { cause });
      }
      await sleep(BETWEEN_LOOKS_MS);
    }
    return new AppError('docker-failed', `Docker refused a command: ${messageOf(cause)}`, {
      cause,
    });
  } catch (error) {
    if (statusOf(error) === 404) {
      return new AppError('container-lost', 'The container of this job is gone', { cause });
    }
    return new AppError('docker-down', `The Docker Engine does not answer: ${messageOf(error)}`, {
      cause: error,
      retryable: true,
    });
  }
}

// src/adapters/docker/step-kill.ts
import { setTimeout as sleep2 } from 'node:timers/promises';

var KILL_LADDER = { afterIntMs: 7500, afterTermMs: 2500 };
var SIGNAL_TREE = `sig=$1; shift; all=" $* "
while :; do before=$all
for f in /proc/[0-9]*/stat; do
{ read -r l <"$f"; } 2>/dev/null || continue
p=\${f#/proc/}; p=\${p%/stat}
case $all in *" $p "*) continue;; esac
l=\${l##*) }; set -- $l
case $all in *" $2 "*|*" $4 "*) all="$all$p ";; esac
done
[ "$before" = "$all" ] && break
done
for p in $all; do kill -s $sig $p 2>/dev/null; done
echo $all`;
function createTreeSignal(run, root) {
  const known = /* @__PURE__ */ new Set([String(root)]);
  return async (signal, more = []) => {
    let seen = '';
    await run(
      {
        argv: [
          'sh',
          '-c',
          SIGNAL_TREE,
          'sh',
          signal,
          .../* @__PURE__ */ new Set([...known, ...more]),
        ],
      },
      {
        stdout: (chunk) => {
          seen += Buffer.from(chunk).toString('latin1');
        },
        stderr: () => void 0,
      },
    );
    for (const pid of seen.split(/\s+/)) if (/^\d+$/.test(pid)) known.add(pid);
    return known;
  };
}
var LOOK_EVERY_MS = 100;
async function climbLadder(parts, ladder) {
  await parts.signal('INT');
  if (!(await endsWithin(parts, ladder.afterIntMs))) {
    await parts.signal('TERM');
    await endsWithin(parts, ladder.afterTermMs);
  }
  await parts.signal('KILL');
}
async function endsWithin({ isAlive }, ms) {
  for (const until = Date.now() + ms; Date.now() < until; await sleep2(LOOK_EVERY_MS)) {
    if (!(await isAlive())) return true;
  }
  return false;
}

// src/adapters/docker/step-exec.ts
function createExec(parts) {
  const endTree = createTreeEnd(parts);
  return async (command, output, cancel) => {
    const run = new RunningCommand();
    const stop = () => {
      run.stop(endTree).catch(() => void 0);
    };
    if (cancel.aborted) stop();
    cancel.addEventListener('abort', stop, { once: true });
    try {
      const reply = await lendAndRun(parts.pool, command.user ?? parts.user, {
        text: (mark) => runText(mark, command),
        output,
        started: (pid) => run.begin(pid),
      });
      return await toStatus(reply, command, parts);
    } catch (error) {
      const explained = await parts.translate(error);
      if (!(error instanceof AgentEnded) || explained.code !== 'docker-failed') throw explained;
      try {
        await run.stop(endTree);
        return { code: 137, outOfMemory: await parts.oom() };
      } catch (again) {
        throw await parts.translate(again);
      }
    } finally {
      run.end();
      cancel.removeEventListener('abort', stop);
    }
  };
}
async function lendAndRun(pool, user, request) {
  const loan = await pool.lend(user);
  try {
    return await loan.agent.request(request);
  } finally {
    loan.giveBack();
  }
}
function createTreeEnd({ pool, user, holds, ladder }) {
  return (root) => {
    const as = (name) =>
      createTreeSignal(
        ({ argv }, output) =>
          lendAndRun(pool, name, {
            text: (mark) => runText(mark, { argv, cwd: '/', env: {} }),
            output,
          }),
        root,
      );
    const own = as(user);
    const byRoot = as('0');
    const signal = async (name) => {
      const seen = await own(name);
      if (name === 'KILL') await byRoot(name, seen).catch(() => void 0);
    };
    return climbLadder({ signal, isAlive: () => holds(`[ -d /proc/${root} ]`) }, ladder);
  };
}
async function toStatus(reply, command, parts) {
  if (reply.noFolder) {
    return { code: 127, notStarted: `The folder '${command.cwd}' does not exist` };
  }
  if (reply.code === 137 && (await parts.oom())) return { code: 137, outOfMemory: true };
  return { code: reply.code };
}
var RunningCommand = class {
  #begun;
  #ended;
  begin = () => void 0;
  end = () => void 0;
  constructor() {
    this.#begun = new Promise((resolve) => {
      this.begin = resolve;
    });
    this.#ended = new Promise((resolve) => {
      this.end = () => resolve(null);
    });
  }
  /** Ends the tree, unless the command ends before it has begun. */
  async stop(endTree) {
    const pid = await Promise.race([this.#begun, this.#ended]);
    if (pid !== null) await endTree(pid);
  }
};

// src/adapters/docker/step-pool.ts
var KEEP = 2;
var AgentPool = class {
  #start;
  #members = /* @__PURE__ */ new Map();
  #starting = /* @__PURE__ */ new Map();
  constructor(start) {
    this.#start = start;
  }
  /** An agent for requests that end by themselves at once. */
  async shared(user) {
    const free = this.#free(user);
    if (free !== void 0) return free.agent;
    const pending = this.#starting.get(user) ?? this.#add(user);
    return (await pending).agent;
  }
  /** An agent for one command; give it back when the command has ended. */
  async lend(user) {
    let member = this.#free(user);
    while (member === void 0 || member.running) {
      const started = await (this.#starting.get(user) ?? this.#add(user));
      member = started.running ? void 0 : started;
    }
    const taken = member;
    taken.running = true;
    return {
      agent: taken.agent,
      giveBack: () => {
        taken.running = false;
        this.#trim(user);
      },
    };
  }
  #free(user) {
    return this.#members.get(user)?.find(({ agent, running }) => agent.usable && !running);
  }
  #add(user) {
    const starting = this.#start(user)
      .then((agent) => {
        const member = { agent, running: false };
        this.#members.set(user, [...(this.#members.get(user) ?? []), member]);
        return member;
      })
      .finally(() => this.#starting.delete(user));
    this.#starting.set(user, starting);
    return starting;
  }
  /** Lets go of agents that are used up, and of more idle ones than are worth keeping. */
  #trim(user) {
    let kept = 0;
    const stays = (this.#members.get(user) ?? []).filter(({ agent, running }) => {
      if (running) return true;
      if (agent.usable && (!agent.idle || kept++ < KEEP)) return true;
      agent.end();
      return false;
    });
    this.#members.set(user, stays);
  }
};

// src/adapters/docker/step-probe.ts
var PROBE = `uname -m
u=$(id -u)
h=/
while IFS=: read -r _ _ i _ _ d _; do [ "$i" = "$u" ] && { h=$d; break; }; done </etc/passwd
echo "$h"
for s in bash sh pwsh python python3; do command -v $s >/dev/null && echo $s; done
exit 0`;
function readProbe(answer, container, paths) {
  const [machine = '', home = '/', ...shells] = answer.trimEnd().split('\n');
  const work = paths.work ?? `${home === '/' ? '' : home}/_work`;
  return {
    facts: {
      os: 'Linux',
      arch: architecture(machine),
      env: Object.fromEntries((container.Config.Env ?? []).map(splitVariable)),
      image: container.Config.Image,
      shells,
    },
    paths: {
      work,
      home: paths.home ?? home,
      temp: paths.temp ?? `${work}/_temp`,
      toolCache: paths.toolCache ?? `${work}/_tool`,
      actions: paths.actions ?? `${work}/_actions`,
    },
  };
}
function architecture(machine) {
  if (machine === 'x86_64') return 'X64';
  if (machine === 'aarch64' || machine === 'arm64') return 'ARM64';
  throw new AppError('docker-failed', `Jobs cannot run on the processor type '${machine}'`);
}
function splitVariable(text) {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

// src/adapters/docker/step-host.ts
var MAX_TEXT = 4 * 1024 * 1024;
var NO_SUCH_FILE = 44;
async function createDockerStepHost(options) {
  const { docker: docker2, containerId, user } = options;
  const translate = (error) =>
    isAppError(error) ? error : explainLoss(docker2, containerId, error);
  const pool = new AgentPool((name) => startAgent(docker2, containerId, name));
  const short = createShort(pool, translate);
  const container = await docker2
    .getContainer(containerId)
    .inspect()
    .catch(async (error) => {
      throw await translate(error);
    });
  const probe = await short(user, (mark) => shortText(mark, PROBE));
  if (probe.code !== 0) throw new AppError('docker-failed', 'The image has no usable POSIX shell');
  const { facts, paths } = readProbe(probe.text.toString(), container, options.paths ?? {});
  const oom = createOutOfMemoryCheck(short, user);
  const holds = async (test) =>
    (await short(user, (mark) => builtinText(mark, `${test} || c=1`))).code === 0;
  await oom();
  return {
    facts,
    paths,
    exec: createExec({ pool, user, ladder: options.ladder ?? KILL_LADDER, holds, oom, translate }),
    put: (files) =>
      put(files, short, options).catch(async (error) => {
        throw await translate(error);
      }),
    async read(path, maxBytes) {
      const { code, text } = await short(user, (mark) =>
        builtinText(mark, readText(path, maxBytes)),
      );
      if (code === NO_SUCH_FILE) return null;
      if (code !== 0) throw new AppError('docker-failed', `The file ${path} cannot be read`);
      return text;
    },
    makeFolders: (folders) => mustSucceed(short, user, 'mkdir -p --', folders),
    remove: (gone) => mustSucceed(short, user, 'rm -rf --', gone),
  };
}
function createShort(pool, translate) {
  const once = async (user, text) => {
    const chunks = [];
    const output = {
      stdout: (chunk) => {
        chunks.push(Buffer.from(chunk));
      },
      stderr: () => void 0,
    };
    const agent = await pool.shared(user);
    const { code } = await agent.request({ text, output });
    return { code, text: Buffer.concat(chunks) };
  };
  return async (user, text) => {
    try {
      return await once(user, text);
    } catch (error) {
      const explained = await translate(error);
      if (!(error instanceof AgentEnded) || explained.code !== 'docker-failed') throw explained;
    }
    return once(user, text).catch(async (error) => {
      throw await translate(error);
    });
  };
}
async function mustSucceed(short, user, command, paths) {
  if (paths.length === 0) return;
  const body = `${command} ${paths.map(quote).join(' ')} 2>&1`;
  const { code, text } = await short(user, (mark) => shortText(mark, body));
  if (code !== 0)
    throw new AppError('docker-failed', `In the container: ${text.toString().trim()}`);
}
async function put(files, short, { docker: docker2, containerId, user }) {
  for (const owner of ['root', 'step-user']) {
    const mine = files.filter((file) => (file.owner ?? 'step-user') === owner);
    const name = owner === 'root' ? '0' : user;
    const small = mine.filter(({ content }) => content.length <= MAX_TEXT);
    const large = mine.filter(({ content }) => content.length > MAX_TEXT);
    if (large.length > 0) await putArchive(docker2, containerId, name, large);
    if (small.length === 0) continue;
    const body = small
      .map(({ path, content, mode }) => writeText(path, content, mode ?? 420))
      .join('\n');
    const { code } = await short(name, (mark) => builtinText(mark, body));
    if (code !== 0) {
      const paths = small.map(({ path }) => path).join(', ');
      throw new AppError('docker-failed', `Files could not be written to the container: ${paths}`);
    }
  }
}
function createOutOfMemoryCheck(short, user) {
  let before = 0;
  const body = `cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null`;
  return async () => {
    const { text } = await short(user, (mark) => shortText(mark, body));
    const now = Number(/^oom_kill (\d+)$/m.exec(text.toString())?.[1] ?? 0);
    const rose = now > before;
    before = now;
    return rose;
  };
}

// ../../../tmp/probe-host.ts
var docker = new Docker();
var c = await docker.createContainer({
  Image: process.argv[2] ?? 'runnerhub/job:bookworm',
  Entrypoint: ['tail', '-f', '/dev/null'],
  Labels: { 'com.runnerhub.test': 'probe' },
  HostConfig: {
    Memory: 512 << 20,
    MemorySwap: 512 << 20,
    PidsLimit: 200,
    NetworkMode: 'none',
    Init: true,
  },
});
try {
  await c.start();
  const t = (l, a2) => console.log(l, (performance.now() - a2).toFixed(1));
  let a = performance.now();
  const h = await createDockerStepHost({
    docker,
    containerId: c.id,
    user: process.argv[3] ?? 'runner',
  });
  t('open', a);
  console.log(h.paths, h.facts);
  const never = new AbortController().signal;
  const run = async (argv, env = {}, cwd = '/', cancel = never) => {
    let o = '',
      e = '';
    const r = await h.exec(
      { argv, cwd, env: { PATH: '/usr/bin:/bin', ...env } },
      {
        stdout: (c2) => {
          o += Buffer.from(c2);
        },
        stderr: (c2) => {
          e += Buffer.from(c2);
        },
      },
      cancel,
    );
    return { ...r, o, e };
  };
  console.log(
    await run(['bash', '-c', 'echo hi; echo err >&2; printf nolf; exit 3'], {
      'INPUT_A-B': "it's",
      X: '\xFCn\xEF\n2',
    }),
  );
  console.log(await run(['env'], { 'INPUT_A-B': "it's", X: '\xFCn\xEF\n2', UID: '7' }));
  console.log(await run(['nosuch']), await run(['true'], {}, '/nope'));
  a = performance.now();
  for (let i = 0; i < 20; i++) await run(['true']);
  t('20 true', a);
  a = performance.now();
  for (let i = 0; i < 20; i++) await run(['bash', '-e', '-c', 'true']);
  t('20 bash', a);
  a = performance.now();
  await h.put([
    {
      path: h.paths.temp + '/a b/x.sh',
      content: `echo "\xFC" $1
'q' \\n %s`,
    },
    { path: h.paths.temp + '/bin', content: new Uint8Array([0, 1, 255, 10]) },
  ]);
  t('put', a);
  console.log(
    Buffer.from((await h.read(h.paths.temp + '/a b/x.sh', 100)) ?? []).toString(),
    await h.read(h.paths.temp + '/bin', 100),
    await h.read('/nope', 3),
  );
  a = performance.now();
  for (let i = 0; i < 20; i++) await Promise.all([1, 2, 3, 4, 5].map(() => h.read('/nope', 3)));
  t('20x5 reads', a);
  a = performance.now();
  await h.put([{ path: h.paths.temp + '/big', content: Buffer.alloc(9 << 20, 7) }]);
  t('bigput', a);
  console.log((await h.read(h.paths.temp + '/big', 99e6))?.length);
  const ac = new AbortController();
  setTimeout(() => ac.abort(), 300);
  a = performance.now();
  console.log(
    await run(['bash', '-c', 'trap "echo int; exit 9" INT; sleep 50 & wait'], {}, '/', ac.signal),
  );
  t('cancel', a);
  a = performance.now();
  console.log(await run(['bash', '-c', '(sleep 1; echo late) & echo now']));
  t('bg 1s', a);
  a = performance.now();
  console.log(await run(['bash', '-c', 'sleep 30 & echo now']));
  t('bg 30s', a);
  a = performance.now();
  console.log(await run(['bash', '-c', 'echo after']));
  t('after', a);
  a = performance.now();
  console.log(await run(['python3', '-c', 'x=bytearray(900<<20)']));
  t('oom', a);
  console.log(await run(['bash', '-c', 'kill -9 $PPID; sleep 1; echo x']));
  console.log(
    await run([
      'bash',
      '-c',
      'echo alive; ps ax 2>/dev/null; ls /proc | grep "^[0-9]"|tr "\\n" " "',
    ]),
  );
  a = performance.now();
  let n = 0;
  await h.exec(
    { argv: ['sh', '-c', 'head -c 500000000 /dev/zero'], cwd: '/', env: { PATH: '/bin:/usr/bin' } },
    {
      stdout: (c2) => {
        n += c2.length;
      },
      stderr() {},
    },
    never,
  );
  t('500MB', a);
  console.log(n);
  const p = run(['sleep', '20']);
  await new Promise((r) => setTimeout(r, 200));
  await c.kill();
  await p.catch((e) => console.log(e.code, e.message));
} finally {
  await c.remove({ force: true, v: true });
}
