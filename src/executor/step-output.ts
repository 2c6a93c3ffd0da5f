import { commandLines } from '../actions/workflow-command.ts';
import type { OutputSink } from '../ports/step-host.ts';
import { drive, settle, type Work } from './drive.ts';
import type { StepRun } from './handlers/handler.ts';
import { LineReader, sealAfter } from './line-reader.ts';
import { type CommandWays, StepCommands } from './step-commands.ts';
import { StreamMatchers } from './step-matchers.ts';

type Wait = void | Promise<void>;

const LF = 0x0a;

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

  constructor(run: StepRun, commands: StepCommands, pathOf: CommandWays['pathOf']) {
    this.#run = run;
    this.#commands = commands;
    this.#matchers = new StreamMatchers(run.state, run.log, pathOf);
    this.#reader = new LineReader(sealAfter((text) => run.state.masker.mask(text)));
  }

  push(chunk: Uint8Array): Wait {
    return this.#take(this.#reader.push(chunk));
  }

  end(): Wait {
    return this.#take(this.#reader.end());
  }

  #take(block: Buffer | null): Wait {
    if (block === null) return;
    if (this.#matchers.active) return drive(this.#takeLines(block));
    const starts = commandLines(block);
    const first = starts.next();
    if (first.done) return this.#run.log.writeBlock(block);
    return drive(this.#takeCommands(block, first.value, starts));
  }

  /** Nearly all output is plain: it goes on in bulk, and only lines in need of care go one by one. */
  *#takeCommands(block: Buffer, first: number, more: Iterable<number>): Work<void> {
    let done = yield* this.#takeUpTo(block, 0, first);
    for (const start of more) {
      if (this.#matchers.active) break;
      done = yield* this.#takeUpTo(block, done, start);
    }
    if (done > block.length) return;
    const rest = block.subarray(done);
    if (this.#matchers.active) yield* this.#takeLines(rest);
    else yield* settle(this.#run.log.writeBlock(rest));
  }

  /** What is plain before `start`, and the line that begins there; returns where the next begins. */
  *#takeUpTo(block: Buffer, done: number, start: number): Work<number> {
    if (start > done) yield* settle(this.#run.log.writeBlock(block.subarray(done, start - 1)));
    const found = block.indexOf(LF, start);
    const end = found < 0 ? block.length : found;
    yield* this.#takeLine(block.toString('utf8', start, end), true);
    return end + 1;
  }

  /** While matchers look at every line. */
  *#takeLines(block: Buffer): Work<void> {
    for (const line of block.toString().split('\n')) {
      yield* this.#takeLine(line, line.includes('::') || line.includes('##['));
    }
  }

  *#takeLine(line: string, mayBeCommand: boolean): Work<void> {
    if (mayBeCommand && (yield* settle(this.#commands.take(line)))) return;
    if (this.#matchers.active && (yield* settle(this.#matchers.take(line)))) return;
    yield* settle(this.#run.log.write(withoutMarkers(line)));
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

  constructor(run: StepRun, ways: CommandWays) {
    const commands = new StepCommands(run, ways);
    this.#stdout = new StreamOutput(run, commands, ways.pathOf);
    this.#stderr = new StreamOutput(run, commands, ways.pathOf);
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
