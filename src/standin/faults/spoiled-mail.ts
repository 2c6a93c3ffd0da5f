import type { Mail } from '../broker/messages.ts';
import { fullName, type Job, type Runner } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { Faults } from './faults.ts';

type Outgoing = Extract<Mail, { message: unknown }>;

interface Deps {
  readonly faults: Faults;
  readonly store: Store;
  /** Somebody cancels the run of a job that is being shown to a runner. */
  readonly cancel: (job: Job) => void;
}

/**
 * Messages to runners that come twice, or are lost until they are sent again as any that was not
 * acknowledged; and sessions that end on the server's side.
 */
export function createSpoilMail({ faults, store, cancel }: Deps) {
  const doubles = new WeakMap<Runner, Outgoing>();

  function spoil(runner: Runner, mail: Outgoing): Mail {
    const job = jobOf(store, runner);
    const repository = job === undefined ? undefined : fullName(job.run.repository);
    const { messageId, messageType } = mail.message;
    const chance = { repository, runner: runner.name, place: messageType, subject: `${messageId}` };
    if (messageType === 'RunnerJobRequest' && job !== undefined) {
      if (faults.at(['cancelled'], { ...chance, at: 'offered' }).length > 0) cancel(job);
    }
    const [strike] = faults.at(['message-lost', 'message-doubled'], chance);
    if (strike?.fault.kind === 'message-doubled') doubles.set(runner, { ...mail, undo: () => {} });
    return strike?.fault.kind === 'message-lost' ? { waitMs: LOST_MS } : mail;
  }

  function endsSession(runner: Runner): boolean {
    const chance = { runner: runner.name, place: 'poll', subject: runner.session?.id ?? '' };
    if (runner.session === null || faults.at(['session-lost'], chance).length === 0) return false;
    runner.session = null;
    return true;
  }

  return (next: (runner: Runner) => Mail) =>
    (runner: Runner): Mail => {
      const double = doubles.get(runner);
      if (double !== undefined) {
        doubles.delete(runner);
        return double;
      }
      if (endsSession(runner)) return { waitMs: 0 };
      const mail = next(runner);
      return 'message' in mail ? spoil(runner, mail) : mail;
    };
}

/** Until then the state says that the message was delivered. */
const LOST_MS = 5_000;

const jobOf = (store: Store, { jobId, offer }: Runner): Job | undefined =>
  store.jobs.get(jobId ?? offer?.jobId ?? 0);
