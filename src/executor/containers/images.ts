import type { DockerRuns } from '../../actions/action-manifest.ts';
import { isDockerfile } from '../../actions/action-manifest.ts';
import { actionName, stepKind } from '../../actions/step-name.ts';
import type { JobRecord, RecordLog } from '../job-record.ts';
import type { JobState } from '../job-state.ts';
import type { StepUse } from '../step-use.ts';
import { containersOf } from './initialize.ts';

const PREFIX = 'docker://';

/** Where the image of a Docker action comes from. */
type Source = { readonly image: string } | { readonly folder: string; readonly dockerfile: string };

/** The runs of a use of a Docker action that is loaded; null for all else. */
function dockerRuns({ action }: StepUse): DockerRuns | null {
  const runs = action?.manifest.runs;
  return runs?.kind === 'docker' ? runs : null;
}

function sourceOf(use: StepUse): Source | null {
  const { reference } = use.step;
  if (stepKind(reference.type) === 'container') return { image: reference.image ?? '' };
  const runs = dockerRuns(use);
  if (runs === null || use.action === null) return null;
  if (runs.image.toLowerCase().startsWith(PREFIX))
    return { image: runs.image.slice(PREFIX.length) };
  // Only a local action comes here with the bare name of an image.
  if (!isDockerfile(runs.image)) return { image: runs.image };
  const at = runs.image.lastIndexOf('/');
  const below = at < 0 ? '' : `/${runs.image.slice(0, at)}`;
  const folder = `${use.action.folder}${below}`.replaceAll('/./', '/').replace(/\/\.$/, '');
  return { folder, dockerfile: runs.image.slice(at + 1) };
}

const keyOf = (source: Source): string =>
  'image' in source ? source.image : `${source.folder}/${source.dockerfile}`;

/** "Pull x" and "Build x", once for each image that the job needs (protocol G.1, 3). */
export function imageRecords(state: JobState, uses: readonly StepUse[]): JobRecord[] {
  const needed = new Map<string, { readonly use: StepUse; readonly source: Source }>();
  for (const use of withChildren(uses)) {
    const source = sourceOf(use);
    if (source !== null && !needed.has(keyOf(source))) needed.set(keyOf(source), { use, source });
  }
  const isPull = ({ source }: { source: Source }): boolean => 'image' in source;
  const all = [...needed.values()];
  return [...all.filter(isPull), ...all.filter((each) => !isPull(each))].map(({ use, source }) => {
    const name =
      'image' in source ? `Pull ${source.image}` : `Build ${actionName(use.step.reference)}`;
    return {
      kind: 'runner',
      record: {
        id: state.execution.newId(),
        number: ++state.lastNumber,
        name: state.masker.mask(name),
      },
      actionName: 'image' in source ? 'pull_image' : 'build_image',
      runsWhen: (status) => status === 'success',
      work: (log, stop) => prepare(state, source, log, stop),
    };
  });
}

const withChildren = (uses: readonly StepUse[]): StepUse[] =>
  uses.flatMap((use) => [use, ...withChildren(use.children)]);

/** The image of a use, made now where no record has done so: that of a local action. */
export async function imageFor(
  state: JobState,
  use: StepUse,
  log: RecordLog,
  stop: AbortSignal,
): Promise<string> {
  const source = sourceOf(use);
  if (source === null) throw new Error('This step runs no image.');
  if (!state.images.has(keyOf(source))) await prepare(state, source, log, stop);
  return state.images.get(keyOf(source)) ?? '';
}

async function prepare(
  state: JobState,
  source: Source,
  log: RecordLog,
  stop: AbortSignal,
): Promise<void> {
  const containers = containersOf(state);
  if ('image' in source) {
    void log.write(`Getting image ${source.image}`);
    await containers.pull(source.image, null, stop);
    state.images.set(source.image, source.image);
    return;
  }
  const lines = new Lines(log);
  const folder = inUnit(state, source.folder);
  const image = await containers.build(
    folder,
    source.dockerfile,
    (chunk) => lines.push(chunk),
    stop,
  );
  await lines.end();
  state.images.set(keyOf(source), image);
}

/** Folders of local actions are named as the host of the steps does. */
function inUnit(state: JobState, path: string): string {
  const { work } = state.host.paths;
  return path.startsWith(`${work}/`)
    ? `${state.execution.host.paths.work}${path.slice(work.length)}`
    : path;
}

/** Whole lines of a text that comes in pieces. */
class Lines {
  readonly #log: RecordLog;
  #rest = '';

  constructor(log: RecordLog) {
    this.#log = log;
  }

  async push(chunk: Uint8Array): Promise<void> {
    const lines = `${this.#rest}${Buffer.from(chunk).toString('utf8')}`.split(/\r?\n/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) await this.#log.write(line);
  }

  async end(): Promise<void> {
    if (this.#rest !== '') await this.#log.write(this.#rest);
  }
}
