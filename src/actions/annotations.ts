import type { Annotation } from '../domain/annotation.ts';
import type { WorkflowCommand } from './workflow-command.ts';

export type IssueLevel = 'error' | 'warning' | 'notice';

/** Limits of protocol E.6. */
export const MAX_ISSUES_PER_LEVEL = 10;
export const MAX_ISSUE_LENGTH = 4096;

export interface IssuePlace {
  readonly path?: string;
  readonly line?: number;
  readonly endLine?: number;
  readonly column?: number;
  readonly endColumn?: number;
  readonly title?: string;
}

/**
 * The annotation of an issue. Without a path and line it points to the line of the log, which is
 * what the web page links to.
 */
export function toAnnotation(
  level: IssueLevel,
  message: string,
  place: IssuePlace,
  log: { readonly stepNumber?: number; readonly lineNumber?: number },
): Annotation {
  const byLog = place.path === undefined && place.line === undefined;
  const line = byLog ? (log.lineNumber ?? 0) : (place.line ?? 0);
  const column = place.column ?? 0;
  return {
    level: level === 'error' ? 'failure' : level,
    message,
    ...(place.title === undefined ? {} : { title: place.title }),
    ...(place.path === undefined ? {} : { path: place.path }),
    startLine: line,
    endLine: byLog ? line : (place.endLine ?? line),
    startColumn: column,
    endColumn: place.endColumn ?? column,
    ...(log.stepNumber === undefined ? {} : { stepNumber: log.stepNumber }),
  };
}

const integer = (text: string | undefined): number | undefined =>
  text !== undefined && /^\s*[-+]?\d+\s*$/.test(text) ? Number(text) : undefined;

type Writable<T> = { -readonly [Key in keyof T]?: T[Key] | undefined };

/**
 * Where an `::error::`, `::warning::` or `::notice::` points. Ends without a start become the start;
 * contradictions are dropped with a debug message. Paths below the workspace become relative to it,
 * after `pathOf` has made them those of its host.
 */
export function placeOf(
  command: WorkflowCommand,
  workspace: string,
  pathOf: (path: string) => string = (path) => path,
): { readonly place: IssuePlace; readonly debug: readonly string[] } {
  const get = (key: string) => command.properties.get(key);
  const place: Writable<IssuePlace> = {
    path: get('file') === undefined ? undefined : relativeTo(workspace, pathOf(get('file') ?? '')),
    line: integer(get('line')),
    endLine: integer(get('endline')),
    column: integer(get('col')),
    endColumn: integer(get('endcolumn')),
    title: get('title'),
  };
  const debug: string[] = [];
  completeStarts(place, command.name, debug);
  dropContradictions(place, command.name, debug);
  const known = Object.entries(place).filter(([, value]) => value !== undefined && value !== '');
  return { place: Object.fromEntries(known), debug };
}

function completeStarts(place: Writable<IssuePlace>, name: string, debug: string[]): void {
  const needs = (end: string, start: string) =>
    debug.push(`Invalid ${name} command value. '${end}' can only be set if '${start}' is provided`);
  if (place.endLine !== undefined && place.line === undefined) {
    needs('endLine', 'line');
    place.line = place.endLine;
  }
  if (place.endColumn !== undefined && place.column === undefined) {
    needs('endColumn', 'col');
    place.column = place.endColumn;
  }
}

function dropContradictions(place: Writable<IssuePlace>, name: string, debug: string[]): void {
  const { line, endLine, column, endColumn } = place;
  const say = (what: string) => debug.push(`Invalid ${name} command value. ${what}.`);
  const dropColumns = () => {
    place.column = undefined;
    place.endColumn = undefined;
  };
  if (line === undefined && column !== undefined) {
    say("'col' and 'endColumn' can only be set if 'line' value is provided");
    dropColumns();
  }
  if (endLine !== undefined && line !== endLine && column !== undefined) {
    say("'col' and 'endColumn' cannot be set if 'line' and 'endLine' are different values");
    dropColumns();
  }
  if (line !== undefined && endLine !== undefined && endLine < line) {
    say("'endLine' cannot be less than 'line'");
    place.line = undefined;
    place.endLine = undefined;
  }
  if (column !== undefined && endColumn !== undefined && endColumn < column) {
    say("'endColumn' cannot be less than 'col'");
    dropColumns();
  }
}

/** A path below `folder` without the folder; every other path as it is. */
export const relativeTo = (folder: string, path: string): string =>
  path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
