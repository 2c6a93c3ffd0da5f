import type { EgressNote } from '../domain/egress.ts';
import { messageOf } from '../domain/errors.ts';
import type { JobState } from './job-state.ts';
import type { StepLog } from './step-log.ts';

/** Says in the job's log, and as a warning of the job, what its limited network refused. */
export async function reportEgress(state: JobState, log: StepLog): Promise<void> {
  const { containers } = state.execution.host;
  if (containers === undefined) return;
  try {
    const refused = (await containers.egressNotes()).filter(({ verdict }) => verdict === 'refused');
    if (refused.length === 0) return;
    void log.write('##[group]Refused by the network of this pool');
    for (const note of refused) void log.write(sentence(note));
    void log.write('##[endgroup]');
    const names = [...new Set(refused.map(({ name }) => name || 'a server without a name'))];
    log.warning(`The network of this pool refused: ${shorten(names)}`);
  } catch (error) {
    void log.write(`What the network refused is not known: ${messageOf(error)}`);
  }
}

const sentence = ({ name, port, why }: EgressNote): string =>
  `${name || 'unnamed'}${port === null ? '' : `:${port}`}: ${why ?? 'refused'}`;

const MOST = 10;

const shorten = (names: readonly string[]): string =>
  names.length <= MOST
    ? names.join(', ')
    : `${names.slice(0, MOST).join(', ')} and ${names.length - MOST} more`;
