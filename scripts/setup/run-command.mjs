import { spawn } from 'node:child_process';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */
/**
 * @typedef {object} CommandOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] added to the environment
 * @property {string} [input] written to standard input
 * @property {(stdout: import('node:stream').Readable) => void} [onStdout]
 *   receives standard output instead of it being collected
 */

const MAX_OUTPUT = 256 * 1024;
const TAIL_LINES = 20;

/** @type {Set<ChildProcess>} */
const running = new Set();

/** A command that could not be started or that failed. */
export class CommandError extends Error {
  /**
   * @param {string} command
   * @param {string} outcome
   * @param {string} output
   */
  constructor(command, outcome, output) {
    const tail = lastLines(output, TAIL_LINES);
    super(`${command} ${outcome}${tail ? `\n${tail}` : ''}`);
    this.name = 'CommandError';
    this.output = output;
  }
}

/**
 * @param {string} text
 * @param {number} count
 * @returns {string}
 */
export function lastLines(text, count) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/**
 * Passes a signal on to the commands that are running, so that they clean up
 * before this program ends.
 * @param {NodeJS.Signals} signal
 * @returns {number} how many commands were running
 */
export function signalCommands(signal) {
  for (const child of running) child.kill(signal);
  return running.size;
}

/**
 * Runs a command to its end and returns what it wrote to standard output.
 * @param {string} command
 * @param {string[]} args
 * @param {CommandOptions} [options]
 * @returns {Promise<string>}
 */
export function runCommand(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    running.add(child);
    let stdout = '';
    let everything = '';
    const collect = (/** @type {string} */ text) => {
      everything = (everything + text).slice(-MAX_OUTPUT);
    };
    child.stderr?.setEncoding('utf8').on('data', collect);
    if (child.stdout && options.onStdout) options.onStdout(child.stdout);
    else {
      child.stdout?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        stdout += text;
        collect(text);
      });
    }
    child.stdin?.on('error', () => {}); // The exit status says what went wrong.
    child.stdin?.end(options.input);
    const fail = (/** @type {string} */ outcome) => {
      running.delete(child);
      reject(new CommandError(command, outcome, everything));
    };
    child.on('error', (error) => fail(`could not be started: ${error.message}`));
    child.on('close', (code, signal) => {
      running.delete(child);
      if (code === 0) resolve(stdout);
      else fail(signal ? `was ended by ${signal}` : `failed with exit status ${code}`);
    });
  });
}
