import { Command, InvalidArgumentError, Option } from 'commander';
import { type ClockOption, readClockOption } from './clock-option.ts';

export interface CommonOptions {
  readonly config?: string;
}

export interface RunOptions extends CommonOptions {
  readonly event?: string;
  readonly job?: string;
  readonly input: Readonly<Record<string, string>>;
  readonly secret: Readonly<Record<string, string>>;
  readonly var: Readonly<Record<string, string>>;
  readonly json?: boolean;
}

export interface StandinOptions extends CommonOptions {
  readonly host: string;
  readonly port: number;
  /** Folder that keeps everything. */
  readonly data?: string;
  /** Keep nothing. */
  readonly memory?: boolean;
  readonly clock: ClockOption;
  /** File with faults on purpose. */
  readonly faults?: string;
  /** Address of this machine that job containers reach. */
  readonly containers?: string;
}

export interface RouteOptions extends CommonOptions {
  readonly labels: string;
  readonly repository?: string;
  readonly workflow?: string;
  readonly job?: string;
  readonly branch?: string;
  readonly event?: string;
  readonly fork?: string;
  readonly json?: boolean;
}

export interface WhyOptions extends CommonOptions {
  readonly url?: string;
  readonly json?: boolean;
}

/** What each command does; every one answers the exit code. */
export interface Commands {
  start(options: CommonOptions): Promise<number>;
  demo(options: CommonOptions & { readonly once?: boolean }): Promise<number>;
  run(target: string, options: RunOptions): Promise<number>;
  doctor(options: CommonOptions & { readonly json?: boolean }): Promise<number>;
  standin(options: StandinOptions): Promise<number>;
  route(options: RouteOptions): Promise<number>;
  why(job: string, options: WhyOptions): Promise<number>;
  config(options: CommonOptions & { readonly docs?: boolean }): Promise<number>;
}

const EXIT_CODES = `
Exit codes of run: 0 every job succeeded, 1 a job failed, 2 bad input, 3 infrastructure.
A wrong configuration ends every command with 78.`;

/** The command line. `finish` is called with the exit code of the command that ran. */
export function createProgram(
  commands: Commands,
  version: string,
  finish: (code: number) => void,
): Command {
  const program = new Command('runnerhub')
    .description('Runs GitHub Actions jobs in fresh containers on machines you own.')
    .version(version)
    .option('--config <file>', 'configuration file (default: runnerhub.yml where it exists)')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(runnerhub --help lists the commands)');
  const command = (usage: string, what: string) => program.command(usage).description(what);
  const common = () => program.opts<CommonOptions>();

  command('start', 'run the hub until SIGTERM').action(async () =>
    finish(await commands.start(common())),
  );

  command('demo', 'hub and a local GitHub stand-in run the sample repository')
    .option('--once', 'end after the summary; exit code 0 only if every job ended as expected')
    .action(async (options) => finish(await commands.demo({ ...common(), ...options })));

  addRun(
    command('run', 'run workflows of a file or repository on this machine'),
    (target, options) => commands.run(target, { ...common(), ...options }).then(finish),
  );

  command('doctor', 'check Docker, database, queue, disk, clock and GitHub access')
    .option('--json', 'print one JSON document')
    .action(async (options) => finish(await commands.doctor({ ...common(), ...options })));

  addStandin(command('standin', 'run the GitHub stand-in alone'), (options) =>
    commands.standin({ ...common(), ...options }).then(finish),
  );

  addRoute(command('route', 'say which pool a job would get, and why no other'), (options) =>
    commands.route({ ...common(), ...options }).then(finish),
  );

  command('why', 'say why a queued job waits')
    .argument('<job>', 'id of the job, such as job_123')
    .option('--url <url>', 'of the hub (default: the address of the configuration)')
    .option('--json', 'print one JSON document')
    .action(async (job, options) => finish(await commands.why(job, { ...common(), ...options })));

  command('config', 'print the settings in force, secrets hidden')
    .addOption(new Option('--docs', 'print docs/configuration.md instead').hideHelp())
    .action(async (options) => finish(await commands.config({ ...common(), ...options })));

  return program;
}

const STANDIN_HELP = `
It keeps everything in its folder and goes on where it was, also after it was killed. It prints the
line that points a hub at it; docs/standin.md says how to rehearse a fleet with it.

Examples:
  runnerhub standin --containers 172.17.0.1       jobs in Docker reach it there
  runnerhub standin --memory --clock manual       for tests that move its time
  runnerhub standin --faults faults.yml           things go wrong on purpose`;

function addStandin(command: Command, act: (options: StandinOptions) => Promise<void>): void {
  command
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 takes any free one', portNumber, 8090)
    .option('--containers <address>', 'address of this machine that job containers reach, too')
    .option('--data <folder>', 'folder that keeps everything (default: .runnerhub/standin)')
    .addOption(new Option('--memory', 'keep nothing after the end').conflicts('data'))
    .addOption(
      new Option(
        '--clock <clock>',
        'how its time passes: real, x60 (that much faster), manual[@ISO]',
      )
        .argParser(readClockOption)
        .default({ kind: 'real' }, 'real'),
    )
    .option('--faults <file>', 'YAML or JSON file with faults on purpose')
    .addHelpText('after', STANDIN_HELP)
    .action(act);
}

function addRoute(command: Command, act: (options: RouteOptions) => Promise<void>): void {
  command
    .requiredOption('--labels <list>', 'its `runs-on`, separated by commas')
    .option('--repository <owner/name>', 'where it would come from')
    .option('--workflow <name>', 'name of its workflow')
    .option('--job <name>', 'its own name')
    .option('--branch <name>', 'branch of its run')
    .option('--event <name>', 'event of its run')
    .option('--fork <answer>', 'whether it comes from a fork: no, yes, unknown')
    .option('--json', 'print one JSON document')
    .action(act);
}

function addRun(
  command: Command,
  act: (target: string, options: RunOptions) => Promise<void>,
): void {
  command
    .argument('<file-or-repository>', 'a workflow file, or a folder with .github/workflows')
    .option(
      '--event <name>',
      'event that starts the workflows (default: push where they listen to it)',
    )
    .option('--job <name>', 'only this job and the jobs it needs')
    .option('--input <key=value>', 'input of workflow_dispatch; repeatable', collect, {})
    .option('--secret <key=value>', 'secret; repeatable', collect, {})
    .option('--var <key=value>', 'configuration variable; repeatable', collect, {})
    .option('--json', 'print one JSON document instead of the log')
    .addHelpText('after', EXIT_CODES)
    .action(act);
}

function collect(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must have the form key=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}
