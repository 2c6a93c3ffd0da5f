import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Document, isMap, isNode, isScalar, LineCounter, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../../../src/domain/errors.ts';
import { type CaseHead, type CorpusCase, caseSchema, headSchema } from './case-schema.ts';

/** One case with the text of its workflow, as a repository would hold it. */
export interface WrittenCase {
  readonly given: CorpusCase;
  readonly workflow: string;
}

export interface CorpusFile {
  /** Below the corpus's folder, without extension: `steps/shells`. */
  readonly name: string;
  readonly head: CaseHead;
  readonly cases: readonly WrittenCase[];
}

/** All files of the corpus, in the order of their names. Throws for a file that is not as it must be. */
export function readCorpus(folder: string): readonly CorpusFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yml'))
    .sort()
    .map((name) => readCases(name, readFileSync(path.join(folder, name), 'utf8')));
}

function readCases(file: string, text: string): CorpusFile {
  const lineCounter = new LineCounter();
  const [head, ...rest] = parseAllDocuments(text, { lineCounter });
  const lineOf = (document: Document) => lineCounter.linePos(document.range?.[0] ?? 0).line;
  const check = <T extends z.ZodType>(schema: T, document: Document): z.infer<T> => {
    const place = `${file}:${lineOf(document)}`;
    const [broken] = document.errors;
    if (broken !== undefined) throw new Error(`${place}: ${broken.message}`);
    const result = schema.safeParse(contentOf(document, place));
    if (!result.success) throw new Error(`${place}:\n${z.prettifyError(result.error)}`);
    return result.data;
  };
  if (head === undefined || !('range' in head)) throw new Error(`${file}: no documents`);
  return {
    name: file.replace(/\.yml$/, ''),
    head: check(headSchema, head),
    cases: rest.map((document) => {
      const given = check(caseSchema, document);
      return {
        given,
        workflow: workflowText(`${file}:${lineOf(document)}`, given, document, text),
      };
    }),
  };
}

/** The yaml package finds a bad alias only now. */
function contentOf(document: Document, place: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new Error(`${place}: ${messageOf(error)}`, { cause: error });
  }
}

/** `steps` and `job` stand for a workflow of one job that is triggered by the case's event. */
function workflowText(place: string, given: CorpusCase, document: Document, text: string): string {
  const forms = (['steps', 'job', 'workflow'] as const).filter((key) => given[key] !== undefined);
  const [form] = forms;
  if (form === undefined || forms.length > 1) {
    throw new Error(`${place}: exactly one of steps, job and workflow is needed`);
  }
  const source = sourceOf(document, form, text);
  if (form === 'workflow') return source;
  const job = form === 'job' ? source : `steps:\n${indent(source, 2)}`;
  const runsOn = given.job?.['runs-on'] === undefined ? 'runs-on: self-hosted\n' : '';
  return `on: ${given.event}\njobs:\n  build:\n${indent(runsOn + job, 4)}`;
}

/** The text of a member as it was written, moved to the left. */
function sourceOf(document: Document, key: string, text: string): string {
  const pair = isMap(document.contents)
    ? document.contents.items.find((item) => isScalar(item.key) && item.key.value === key)
    : undefined;
  const range = isNode(pair?.value) ? pair.value.range : null;
  if (!range) throw new Error(`${key} has no text`);
  const begin = text.lastIndexOf('\n', range[0]) + 1;
  const column = range[0] - begin;
  const lines = text.slice(begin, range[1]).replace(/\n*$/, '\n').split('\n');
  return lines.map((line) => line.slice(Math.min(column, line.length))).join('\n');
}

const indent = (text: string, by: number): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
