import { type MatcherConfig, MatcherProblem, parseMatchers } from '../actions/problem-matcher.ts';
import type { WorkflowCommand } from '../actions/workflow-command.ts';
import type { JobState } from './job-state.ts';

/** What a matcher command leads to. */
export type MatcherChange =
  | { readonly matchers: readonly MatcherConfig[] }
  | { readonly warning: string }
  | { readonly problem: string };

const MAX_FILE = 1024 * 1024;

const sameOwner = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** `add-matcher`: the file's matchers come in front and replace those of the same owners. */
export async function readMatchers(state: JobState, file: string): Promise<MatcherChange> {
  if (file === '') return { warning: 'File path must be specified.' };
  const added = await load(state, file);
  if (!Array.isArray(added)) return added;
  const kept = state.matchers.filter(
    ({ owner }) => !added.some((config) => sameOwner(config.owner, owner)),
  );
  return { matchers: [...added.toReversed(), ...kept] };
}

/** `remove-matcher`: by owner, or all owners of a file. */
export async function matcherOwners(
  state: JobState,
  { properties, data }: WorkflowCommand,
): Promise<MatcherChange> {
  const owner = properties.get('owner') ?? '';
  if ((owner === '') === (data === '')) return { warning: owner === '' ? NEITHER : BOTH };
  const found = owner === '' ? await load(state, data) : [{ owner }];
  if (!Array.isArray(found)) return found;
  return {
    matchers: state.matchers.filter(
      (config) => !found.some((gone) => sameOwner(gone.owner, config.owner)),
    ),
  };
}

const NEITHER =
  'Either an owner name or a file path must be specified in ##[remove-matcher] command.';
const BOTH =
  'Either specify an owner name or a file path in ##[remove-matcher] command. Both values cannot be set.';

async function load(
  state: JobState,
  file: string,
): Promise<MatcherConfig[] | { readonly problem: string }> {
  const path = file.startsWith('/') ? file : `${state.places.workspace}/${file}`;
  const content = await state.host.read(path, MAX_FILE);
  if (content === null) return { problem: `Could not find file '${path}'.` };
  try {
    return parseMatchers(
      JSON.parse(
        Buffer.from(content)
          .toString('utf8')
          .replace(/^\uFEFF/, ''),
      ),
    );
  } catch (error) {
    if (error instanceof MatcherProblem) return { problem: error.message };
    if (error instanceof SyntaxError) return { problem: `The file '${path}' is not valid JSON.` };
    throw error;
  }
}
