import { placeOf } from '../actions/annotations.ts';
import { addPathEntries, isBlockedVariable } from '../actions/file-commands.ts';
import {
  COMMAND_NAMES,
  parseWorkflowCommand,
  type WorkflowCommand,
} from '../actions/workflow-command.ts';
import type { StepRun } from './handlers/handler.ts';
import { matcherOwners, readMatchers } from './matcher-files.ts';

const NAMES: ReadonlySet<string> = new Set(COMMAND_NAMES);
/** These are never repeated in the log as they were written. */
const NOT_ECHOED = new Set(['add-mask', 'debug', 'error', 'warning', 'notice']);
const LONGEST_PLAIN_TOKEN = 6;

/** Thrown by an effect: the command is reported as failed and the step with it. */
class CommandFailure extends Error {}

const disabled = (name: string): string =>
  `The \`${name}\` command is disabled. Please upgrade to using Environment Files or opt into unsecure command execution by setting the \`ACTIONS_ALLOW_UNSECURE_COMMANDS\` environment variable to \`true\`. For more information see: https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/`;

const deprecated = (name: string): string =>
  `The \`${name}\` command is deprecated and will be disabled soon. Please upgrade to using Environment Files. For more information see: https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/`;

const BAD_TOKEN =
  "You cannot use a endToken that is an empty string, the string 'pause-logging', or another workflow command. For more information see: https://docs.github.com/actions/learn-github-actions/workflow-commands-for-github-actions#example-stopping-and-starting-workflow-commands or opt into insecure command execution by setting the `ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS` environment variable to `true`.";

/** What the commands of a process need beside its run. */
export interface CommandWays {
  readonly saveState: (name: string, value: string) => void;
  /** A path that the process names, as the host of the steps knows it. */
  readonly pathOf: (path: string) => string;
}

/** The workflow commands of one step's output (protocol G.8). */
export class StepCommands {
  readonly #run: StepRun;
  readonly #ways: CommandWays;
  #echo: boolean;
  /** Lower case; commands are off while it is set. */
  #stopToken: string | null = null;

  constructor(run: StepRun, ways: CommandWays) {
    this.#run = run;
    this.#ways = ways;
    this.#echo = run.state.flags.debug;
  }

  /** True when the line was a command and needs no further treatment. */
  take(line: string): boolean | Promise<boolean> {
    const { state } = this.#run;
    const command = parseWorkflowCommand(
      line,
      (name) => NAMES.has(name) || name === this.#stopToken,
    );
    if (command === null) return false;
    if (command.name === 'notice' && !state.flags.enhancedAnnotations) return false;
    if (this.#stopToken !== null) return this.#whileStopped(command, line);
    try {
      const wait =
        command.name === 'stop-commands' ? this.#stop(command, line) : this.#perform(command, line);
      if (wait === undefined) return true;
      return wait.then(
        () => true,
        (error) => this.#failed(command, line, error),
      );
    } catch (error) {
      return this.#failed(command, line, error);
    }
  }

  #failed(command: WorkflowCommand, line: string, error: unknown): true {
    if (!(error instanceof CommandFailure)) throw error;
    const { log } = this.#run;
    const shown = NOT_ECHOED.has(command.name) ? command.name : line;
    log.error(`Unable to process command '${shown}' successfully.`);
    log.error(error.message);
    this.#run.fail();
    return true;
  }

  #whileStopped(command: WorkflowCommand, line: string): boolean {
    if (command.name !== this.#stopToken) return false;
    void this.#run.log.write(line);
    this.#stopToken = null;
    return true;
  }

  #stop({ data }: WorkflowCommand, line: string): void | Promise<void> {
    const token = data.toLowerCase();
    const isBad = token === '' || token === 'pause-logging' || NAMES.has(token);
    if (isBad && !this.#allows('ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS')) {
      throw new CommandFailure(BAD_TOKEN);
    }
    this.#stopToken = token;
    if (data.length > LONGEST_PLAIN_TOKEN) this.#run.state.masker.addValue(data);
    return this.#run.log.write(line);
  }

  #perform(command: WorkflowCommand, line: string): void | Promise<void> {
    if (this.#echo && !NOT_ECHOED.has(command.name)) void this.#run.log.write(line);
    switch (command.name) {
      case 'debug':
        return this.#run.log.debug(command.data);
      case 'error':
      case 'warning':
      case 'notice':
        return this.#annotate(command, command.name);
      case 'group':
        return this.#run.log.write(`##[group]${command.data}`);
      case 'endgroup':
        return this.#run.log.write('##[endgroup]');
      case 'echo':
        return this.#setEcho(command.data);
      case 'add-mask':
        return this.#addMask(command.data);
      case 'add-matcher':
      case 'remove-matcher':
        return this.#changeMatchers(command);
      default:
        return this.#changeJob(command);
    }
  }

  /** Commands that older workflows use instead of the file commands. */
  #changeJob(command: WorkflowCommand): void {
    switch (command.name) {
      case 'set-output':
        this.#setOutput(command);
        break;
      case 'save-state':
        this.#warnDeprecated(command.name);
        this.#ways.saveState(required(command), command.data);
        break;
      case 'set-env':
        this.#setVariable(command);
        break;
      default:
        this.#addPath(command);
    }
  }

  #annotate(command: WorkflowCommand, level: 'error' | 'warning' | 'notice'): void {
    const { log, state } = this.#run;
    const { place, debug } = placeOf(command, state.places.workspace, this.#ways.pathOf);
    for (const message of debug) log.debug(message);
    log.issue(level, command.data, place);
  }

  #setEcho(data: string): void {
    const word = data.trim().toLowerCase();
    if (word !== 'on' && word !== 'off') {
      throw new CommandFailure(
        data === ''
          ? "Value cannot be null or empty. (Parameter 'value')"
          : `Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '${data}'.`,
      );
    }
    this.#echo = word === 'on';
    this.#run.log.debug(`Setting echo command value to '${word}'`);
  }

  #addMask(data: string): void {
    const { log, state } = this.#run;
    if (data.trim() === '') {
      log.warning("Can't add secret mask for empty string in ##[add-mask] command.");
      return;
    }
    if (this.#echo) void log.write('::add-mask::***');
    state.masker.addValue(data);
    state.masker.addLines(data);
  }

  async #changeMatchers(command: WorkflowCommand): Promise<void> {
    const { log, state } = this.#run;
    const { pathOf } = this.#ways;
    const change =
      command.name === 'add-matcher'
        ? await readMatchers(state, pathOf(command.data))
        : await matcherOwners(state, { ...command, data: pathOf(command.data) });
    if ('warning' in change) log.warning(change.warning);
    else if ('problem' in change) throw new CommandFailure(change.problem);
    else state.matchers = change.matchers;
  }

  #setOutput(command: WorkflowCommand): void {
    this.#warnDeprecated(command.name);
    this.#run.setOutput(required(command), command.data);
  }

  #setVariable(command: WorkflowCommand): void {
    const { log, state } = this.#run;
    if (!this.#allows('ACTIONS_ALLOW_UNSECURE_COMMANDS'))
      throw new CommandFailure(disabled('set-env'));
    const name = required(command);
    if (isBlockedVariable(name)) {
      log.error("Can't update NODE_OPTIONS environment variable using ::set-env:: command.");
      return;
    }
    state.env[name] = command.data;
    log.debug(`${name}='${command.data}'`);
  }

  #addPath({ data }: WorkflowCommand): void {
    const { state } = this.#run;
    if (!this.#allows('ACTIONS_ALLOW_UNSECURE_COMMANDS'))
      throw new CommandFailure(disabled('add-path'));
    if (data === '') throw new CommandFailure("Value cannot be null or empty. (Parameter 'path')");
    state.prependPath = addPathEntries(state.prependPath, [data]);
  }

  #warnDeprecated(name: string): void {
    const { log, state } = this.#run;
    if (state.flags.deprecateOutputCommands) log.warning(deprecated(name));
  }

  #allows(variable: string): boolean {
    return (this.#run.env[variable] ?? '').trim().toLowerCase() === 'true';
  }
}

function required(command: WorkflowCommand): string {
  const name = command.properties.get('name') ?? '';
  if (name === '') {
    throw new CommandFailure(`Required field 'name' is missing in ##[${command.name}] command.`);
  }
  return name;
}
