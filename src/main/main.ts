import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLog } from '../adapters/telemetry/pino-log.ts';
import { createProgram } from '../cli/program.ts';
import type { Config } from '../contract/config.ts';
import { isAppError, messageOf } from '../domain/errors.ts';
import { printConfig } from './commands/config.ts';
import { demo } from './commands/demo.ts';
import { doctor } from './commands/doctor.ts';
import { showRoute } from './commands/route.ts';
import { run } from './commands/run.ts';
import { runStandin } from './commands/standin.ts';
import { start } from './commands/start.ts';
import { showWhy } from './commands/why.ts';
import { type ConfigFile, EXIT_CONFIG, loadConfig } from './config.ts';
import { environmentWithFiles } from './environment.ts';

/** The bundle lies in `dist/`, one folder below the project. */
const projectRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

class ConfigProblems extends Error {}

function configFile(named: string | undefined): ConfigFile | null {
  const name = named ?? process.env['RUNNERHUB_CONFIG'];
  if (name !== undefined) {
    if (!existsSync(name)) throw new ConfigProblems(`${name}: there is no such configuration file`);
    return { name, text: readFileSync(name, 'utf8') };
  }
  return existsSync('runnerhub.yml')
    ? { name: 'runnerhub.yml', text: readFileSync('runnerhub.yml', 'utf8') }
    : null;
}

/** Throws {@link ConfigProblems} with every problem, one a line. */
function readConfig(options: { readonly config?: string | undefined }): Config {
  const { env, problems } = environmentWithFiles(process.env, (file) => readFileSync(file, 'utf8'));
  const loaded = loadConfig(env, configFile(options.config));
  const all = [...problems, ...('problems' in loaded ? loaded.problems : [])];
  if ('problems' in loaded || all.length > 0) throw new ConfigProblems(all.join('\n'));
  return loaded.config;
}

/** First signal: stop in order. Second: give up at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}

async function main(): Promise<number> {
  const { promise, resolve } = exitCode();
  const stop = stopSignal();
  const out = process.stdout;
  const searchPath = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  const program = createProgram(
    {
      start: async (options) => start({ config: readConfig(options), stop }),
      demo: async (options) =>
        demo({
          config: readConfig(options),
          once: options.once === true,
          out,
          projectRoot,
          searchPath,
          stop,
        }),
      run: async (target, options) =>
        run(target, options, {
          config: readConfig(options),
          out,
          err: process.stderr,
          searchPath,
          stop,
        }),
      doctor: async (options) =>
        doctor(options.json === true, {
          config: readConfig(options),
          log: createLog({ level: 'silent' }),
          out,
        }),
      standin: async (options) => runStandin(options, { config: readConfig(options), out, stop }),
      route: async ({ config, ...options }) =>
        showRoute(options, { config: readConfig({ config }), out, err: process.stderr }),
      why: async (job, options) => {
        const { http } = readConfig(options);
        const url = options.url ?? `http://${http.host}:${http.port}`;
        const context = { url, now: Date.now(), out, err: process.stderr };
        return showWhy(job, options.json === true, context);
      },
      config: async (options) => printConfig(options.docs === true, readConfig(options), out),
    },
    JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8')).version,
    resolve,
  );
  program.exitOverride();
  await program.parseAsync(process.argv);
  return promise;
}

function exitCode(): { promise: Promise<number>; resolve: (code: number) => void } {
  let resolve: (code: number) => void = () => {};
  const promise = new Promise<number>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Commander has said what is wrong already; help and version are no failures. */
function codeOf(error: unknown): number {
  if (error instanceof ConfigProblems) {
    process.stderr.write(`The configuration is not valid:\n${error.message}\n`);
    return EXIT_CONFIG;
  }
  if (error instanceof Error && 'exitCode' in error && 'code' in error)
    return error.exitCode === 0 ? 0 : 2;
  if (isAppError(error, 'bad-request')) {
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  process.stderr.write(`${messageOf(error)}\n`);
  return 3;
}

// Whatever was given up at its deadline must not keep the process; output to pipes is synchronous.
process.exit(await main().catch(codeOf));
