import { createContext, Script } from 'node:vm';
import type { IssueLevel, IssuePlace } from '../actions/annotations.ts';
import { relativeTo } from '../actions/annotations.ts';
import { toText } from '../actions/expressions.ts';
import { type Found, isCheckoutOf, MatcherRun, withoutColors } from '../actions/problem-matcher.ts';
import type { JobState } from './job-state.ts';
import type { StepLog } from './step-log.ts';

/**
 * A regular expression of a workflow may take so long on one line. Protocol G.10 has 1 s, but here it
 * holds up every job of the hub meanwhile.
 */
const LINE_TIMEOUT_MS = 200;
const MAX_ATTEMPTS = 3;
/** Longer lines are not looked at. */
const MAX_LINE = 65_536;

const guard: { regex: RegExp; line: string } = { regex: /(?:)/, line: '' };
const guardContext = createContext(guard);
const guardScript = new Script('regex.exec(line)');

/** Runs a foreign regular expression so that it cannot hold up the process. Throws when it is late. */
function guarded(regex: RegExp, line: string): RegExpExecArray | null {
  guard.regex = regex;
  guard.line = line;
  return guardScript.runInContext(guardContext, { timeout: LINE_TIMEOUT_MS });
}

/** The problem matchers over one stream of a step's output. */
export class StreamMatchers {
  readonly #state: JobState;
  readonly #log: StepLog;
  readonly #pathOf: (path: string) => string;
  #runs: MatcherRun[] = [];
  #seen: JobState['matchers'] = [];

  /** `pathOf` makes a path of the process one of the host of the steps. */
  constructor(state: JobState, log: StepLog, pathOf: (path: string) => string) {
    this.#state = state;
    this.#log = log;
    this.#pathOf = pathOf;
  }

  get active(): boolean {
    return this.#state.matchers.length > 0;
  }

  /** True when a matcher took the line and logged it as an issue. */
  async take(line: string): Promise<boolean> {
    this.#follow();
    const plain = withoutColors(line);
    if (plain.length > MAX_LINE) return false;
    for (const run of [...this.#runs]) {
      const found = this.#try(run, plain);
      if (found === null) continue;
      for (const other of this.#runs) if (other !== run) other.reset();
      if (await this.#report(found, plain)) return true;
    }
    return false;
  }

  /** Matchers come and go while the step runs; a new one starts afresh. */
  #follow(): void {
    if (this.#seen === this.#state.matchers) return;
    this.#seen = this.#state.matchers;
    const old = new Map(this.#runs.map((run) => [run.config, run]));
    this.#runs = this.#seen.map((config) => old.get(config) ?? new MatcherRun(config));
  }

  #try(run: MatcherRun, line: string): Found | null {
    for (let attempt = 1; ; attempt++) {
      try {
        return run.match(line, guarded);
      } catch {
        if (attempt < MAX_ATTEMPTS) continue;
        const { owner } = run.config;
        this.#log.warning(
          `Removing issue matcher '${owner}'. Matcher failed ${MAX_ATTEMPTS} times.`,
        );
        this.#runs = this.#runs.filter((each) => each !== run);
        return null;
      }
    }
  }

  async #report(found: Found, line: string): Promise<boolean> {
    const message = found.message ?? '';
    const level = (found.severity || 'error').toLowerCase();
    if (message.trim() === '' || !isLevel(level)) {
      this.#log.debug('Skipped an issue of a problem matcher: no message or an unknown severity.');
      return false;
    }
    this.#log.issue(level, message, await this.#place(found), line);
    return true;
  }

  async #place(found: Found): Promise<IssuePlace> {
    const line = numberOf(found.line);
    const column = numberOf(found.column);
    const path = found.file?.trim() ? await this.#repositoryPath(found) : undefined;
    return {
      ...(path === undefined ? {} : { path }),
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    };
  }

  /** The file relative to the checked-out repository; nothing when it is not there. */
  async #repositoryPath(found: Found): Promise<string | undefined> {
    const { workspace } = this.#state.places;
    const { host } = this.#state;
    const from = found.fromPath?.trim() ? found.fromPath.replace(/\/?[^/]*$/, '') : '';
    const path = this.#pathOf(absolutePath(absolutePath(workspace, from), found.file ?? ''));
    if ((await host.read(path, 1)) === null) return undefined;
    for (let folder = path; folder.startsWith(`${workspace}/`); ) {
      folder = folder.slice(0, folder.lastIndexOf('/'));
      const config = await host.read(`${folder}/.git/config`, 65_536);
      if (config === null) continue;
      // The innermost repository decides, whichever it is.
      const text = Buffer.from(config).toString('utf8');
      if (isCheckoutOf(text, this.#repository())) return relativeTo(folder, path);
      break;
    }
    this.#log.debug(`Dropping file value '${path}'. Path is not under the workflow repo.`);
    return undefined;
  }

  #repository(): string {
    return toText(this.#state.scope.github['repository'] ?? null);
  }
}

const isLevel = (level: string): level is IssueLevel =>
  level === 'error' || level === 'warning' || level === 'notice';

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

/** `path` as seen from `folder`, without `.` and `..`. */
function absolutePath(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${folder}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
