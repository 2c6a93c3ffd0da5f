import {
  addPathEntries,
  FILE_COMMANDS,
  type FileCommandKey,
  isBlockedVariable,
  parsePairs,
  parsePathEntries,
  SUMMARY_LIMIT_BYTES,
  summaryTooLarge,
} from '../actions/file-commands.ts';
import type { Save, StepFiles, StepRun } from './handlers/handler.ts';
import type { Scope } from './job-state.ts';
import { runQuietly } from './quiet-command.ts';

/** A file of commands that is larger than this fails the step. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** Fresh files, whose paths go into the `github` context. */
export function createStepFiles({ job: state, github }: Scope): StepFiles {
  const suffix = state.execution.newId();
  const paths = new Map<FileCommandKey, string>();
  for (const { key, prefix } of FILE_COMMANDS) {
    const path = `${state.places.fileCommands}/${prefix}${suffix}`;
    paths.set(key, path);
    github[key] = path;
  }
  return {
    empty: [...paths.values()].map((path) => ({ path, content: '' })),
    async process(run, saveState) {
      const { host } = state;
      const contents = await Promise.all(
        [...paths].map(async ([key, path]) => {
          const limit = key === 'step_summary' ? SUMMARY_LIMIT_BYTES : MAX_FILE_BYTES;
          return { key, path, content: await host.read(path, limit + 1) };
        }),
      );
      for (const { key, path, content } of contents) {
        if (content === null || content.length === 0) continue;
        if (key === 'step_summary') await takeSummary(run, path, content);
        else takeFile(run, key, content, saveState);
      }
    },
  };
}

function takeFile(
  run: StepRun,
  key: Exclude<FileCommandKey, 'step_summary'>,
  content: Uint8Array,
  saveState: Save,
): void {
  if (content.length > MAX_FILE_BYTES) {
    failFile(run, key, `The file is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB`);
    return;
  }
  const text = Buffer.from(content).toString('utf8');
  if (key === 'path') {
    run.state.prependPath = addPathEntries(run.state.prependPath, parsePathEntries(text));
    return;
  }
  const { pairs, error } = parsePairs(text);
  const setVariable: Save = (name, value) => takeVariable(run, name, value);
  const take = { env: setVariable, output: run.setOutput, state: saveState }[key];
  for (const [name, value] of pairs) {
    if (name === '' && key !== 'state') {
      failFile(run, key, NO_NAME);
      return;
    }
    take(name, value);
  }
  if (error !== undefined) failFile(run, key, error);
}

const NO_NAME = "Value cannot be null or empty. (Parameter 'name')";

function takeVariable({ state, log }: StepRun, name: string, value: string): void {
  if (isBlockedVariable(name)) {
    log.error("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
    return;
  }
  state.env[name] = value;
  log.debug(`${name}='${value}'`);
}

function failFile(run: StepRun, key: string, reason: string): void {
  run.log.error(`Unable to process file command '${key}' successfully.`);
  run.log.error(reason);
  run.fail();
}

/** Masked line by line; a summary that is too large is dropped with an error that fails nothing. */
async function takeSummary(
  { state, log, step, depth }: StepRun,
  path: string,
  content: Uint8Array,
): Promise<void> {
  const { reporter } = state.execution;
  if (content.length > SUMMARY_LIMIT_BYTES) {
    const { output } = await runQuietly(state, ['sh', '-c', 'wc -c <"$1"', 'sh', path]);
    log.error(summaryTooLarge(Number(output.trim()) || content.length));
    return;
  }
  const lines = Buffer.from(content)
    .toString('utf8')
    .split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  const masked = lines.map((line) => `${state.masker.mask(line)}\n`).join('');
  // A second summary of the same id would replace the first (protocol G.7).
  const record = depth > 0 ? { ...log.step, id: step.id } : log.step;
  reporter.summary(record, Buffer.from(masked));
}
