#!/usr/bin/env node
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { HELP, parseArguments, UsageError } from './arguments.mjs';
import { signalCommands } from './run-command.mjs';
import { setUp } from './set-up.mjs';
import { SetUpError } from './set-up-error.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** @type {NodeJS.Signals | undefined} */
let interruptedBy;

function handleSignals() {
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) {
    process.on(signal, () => {
      const again = interruptedBy !== undefined;
      interruptedBy ??= signal;
      // The commands end, the stage fails, and it removes what it had made.
      if (signalCommands('SIGTERM') === 0 || again) process.exit(report(undefined));
    });
  }
}

/** @param {unknown} error @returns {number} the exit status */
function report(error) {
  if (interruptedBy) {
    process.stderr.write('set-up: interrupted\n');
    return 128 + os.constants.signals[interruptedBy];
  }
  if (error instanceof UsageError) {
    process.stderr.write(`set-up: ${error.message}\nTry: node scripts/setup/main.mjs --help\n`);
    return 2;
  }
  if (error instanceof SetUpError) {
    const advice = error.advice.map((line) => `  ${line}\n`).join('');
    process.stderr.write(`set-up: ${error.message}\n${advice && `What to do:\n${advice}`}`);
  } else {
    process.stderr.write(`set-up: ${error instanceof Error ? error.message : error}\n`);
  }
  return 1;
}

async function main() {
  try {
    const { help, ...options } = parseArguments(process.argv.slice(2));
    if (help) return void process.stdout.write(HELP);
    handleSignals();
    await setUp({ root: ROOT, ...options });
  } catch (error) {
    process.exitCode = report(error);
  }
}

await main();
