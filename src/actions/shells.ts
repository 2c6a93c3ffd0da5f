import { splitCommandLine } from './command-line.ts';

/** How a `run` step is started (protocol G.6). */
export interface ShellCommand {
  readonly program: string;
  /** Arguments, with `{0}` where the script's path goes. */
  readonly argumentFormat: string;
  /** Name by which the step is reported (`bash`, `sh` …). */
  readonly name: string;
  readonly extension: string;
}

interface BuiltIn {
  readonly format: string;
  readonly extension: string;
}

const BUILT_IN: Readonly<Record<string, BuiltIn>> = {
  cmd: { format: '/D /E:ON /V:OFF /S /C "CALL "{0}""', extension: '.cmd' },
  pwsh: { format: `-command ". '{0}'"`, extension: '.ps1' },
  powershell: { format: `-command ". '{0}'"`, extension: '.ps1' },
  bash: { format: '--noprofile --norc -e -o pipefail {0}', extension: '.sh' },
  sh: { format: '-e {0}', extension: '.sh' },
  python: { format: '{0}', extension: '.py' },
};

const builtIn = (name: string): BuiltIn | undefined =>
  Object.hasOwn(BUILT_IN, name.toLowerCase()) ? BUILT_IN[name.toLowerCase()] : undefined;

/**
 * The command for a `shell:` value, '' meaning unspecified. On a host the unspecified shell is bash
 * where there is one, with the arguments of sh; in a job container it is always sh.
 */
export function resolveShell(shell: string, where: { readonly hasBash: boolean }): ShellCommand {
  if (shell === '') {
    const sh = { argumentFormat: '-e {0}', name: 'sh', extension: '.sh' };
    return { program: where.hasBash ? 'bash' : 'sh', ...sh };
  }
  const space = shell.indexOf(' ');
  const name = space < 0 ? shell : shell.slice(0, space);
  const given = space < 0 ? '' : shell.slice(space + 1).trimStart();
  const known = builtIn(name);
  const argumentFormat = given === '' ? (known?.format ?? '') : given;
  return { program: name, argumentFormat, name, extension: known?.extension ?? '' };
}

/** What is wrong with a command whose program is there; null for nothing. */
export const shellProblem = ({ argumentFormat }: ShellCommand): string | null =>
  argumentFormat.includes('{0}')
    ? null
    : "Invalid shell option. Shell must be a valid built-in (bash, sh, cmd, powershell, pwsh) or a format string containing '{0}'";

const BRACES: Readonly<Record<string, string>> = { '{{': '{', '}}': '}' };

/** The arguments of the program: a format as .NET has it, split as a command line is. */
export function shellArguments(format: string, scriptPath: string): string[] {
  return splitCommandLine(format).map((argument) =>
    argument.replace(/\{\{|\}\}|\{0\}/g, (found) => BRACES[found] ?? scriptPath),
  );
}

/** The text of the script file. */
export function scriptContent(shellName: string, script: string): string {
  switch (shellName) {
    case 'pwsh':
    case 'powershell':
      return `$ErrorActionPreference = 'stop'\n${script}\nif ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }`;
    case 'cmd':
      return `@echo off\n${script}`;
    default:
      return script;
  }
}

/** The first line that says something, as it appears in a step's name. */
export function firstLine(text: string): string {
  return text.replace(/^[ \t\r\n]+/, '').split(/[\r\n]/, 1)[0] ?? '';
}
