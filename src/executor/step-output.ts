import { LineReader, sealAfter } from '../actions/line-reader.ts';
import { mayHoldCommand } from '../actions/workflow-command.ts';
import type { OutputSink } from '../ports/step-host.ts';
import type { StepRun } from './handlers/handler.ts';
import type { StepCommands } from './step-commands.ts';
import { StreamMatchers } from './step-matchers.ts';

type Wait = void | Promise<void>;

/** Users may not write the runner's own markers. */
const withoutMarkers = (line: string): string =>
  line.includes('##[start-action') || line.includes('##[end-action')
    ? line
        .replaceAll('##[start-action', '##[\\start-action')
        .replaceAll('##[end-action', '##[\\end-action')
    : line;

/** One stream of a step: bytes to lines to commands, matchers and the log. */
class StreamOutput {
  readonly #run: StepRun;
  readonly #commands: StepCommands;
  readonly #matchers: StreamMatchers;
  readonly #reader: LineReader;

  constructor(run: StepRun, commands: StepCommands) {
    this.#run = run;
    this.#commands = commands;
    this.#matchers = new StreamMatchers(run.state, run.log);
    this.#reader = new LineReader(sealAfter((text) => run.state.masker.mask(text)));
  }

  push(chunk: Uint8Array): Wait {
    return this.#take(this.#reader.push(chunk));
  }

  end(): Wait {
    return this.#take(this.#reader.end());
  }

  /** Nearly all output is plain: it goes on in bulk, and only lines in need of care go one by one. */
  #take(lines: readonly string[]): Wait {
    if (lines.length === 0) return;
    if (this.#matchers.active || lines.some(mayHoldCommand)) return this.#takeWithCare(lines);
    return this.#run.log.writeLines(lines);
  }

  async #takeWithCare(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      if (mayHoldCommand(line) && (await this.#commands.take(line))) continue;
      if (this.#matchers.active && (await this.#matchers.take(line))) continue;
      const wait = this.#run.log.write(withoutMarkers(line));
      if (wait !== undefined) await wait;
    }
  }
}

/**
 * The output of a step's process. Both streams share the commands' state; what one of them brings is
 * dealt with before the next piece of either is looked at.
 */
export class StepOutput implements OutputSink {
  readonly #stdout: StreamOutput;
  readonly #stderr: StreamOutput;
  #last: Promise<void> | null = null;

  constructor(run: StepRun, commands: StepCommands) {
    this.#stdout = new StreamOutput(run, commands);
    this.#stderr = new StreamOutput(run, commands);
  }

  stdout(chunk: Uint8Array): Wait {
    return this.#inTurn(() => this.#stdout.push(chunk));
  }

  stderr(chunk: Uint8Array): Wait {
    return this.#inTurn(() => this.#stderr.push(chunk));
  }

  /** The last, unfinished lines; to be called once when the process has ended. */
  async end(): Promise<void> {
    await this.#inTurn(() => this.#stdout.end());
    await this.#inTurn(() => this.#stderr.end());
  }

  #inTurn(work: () => Wait): Wait {
    const wait = this.#last === null ? work() : this.#last.then(work);
    if (wait === undefined) return;
    const turn = wait.finally(() => {
      if (this.#last === turn) this.#last = null;
    });
    this.#last = turn;
    return turn;
  }
}
