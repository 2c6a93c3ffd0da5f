import { STEP_CONCLUSION, STEP_STATUS, type WireStepUpdate } from '../contract/runner-protocol.ts';
import { messageOf } from '../domain/errors.ts';
import type { JobId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobLedger, StepRow } from '../ports/job-ledger.ts';
import type { FinishedStep, ReportedStep } from '../ports/job-reporter.ts';
import type { LiveEvents } from '../ports/live-events.ts';
import type { Log } from '../ports/log.ts';
import type { ResultsService } from '../ports/runner-protocol.ts';
import { createFlusher, type Flusher } from './flusher.ts';

export interface StepStateDeps {
  readonly results: Pick<ResultsService, 'updateSteps'>;
  readonly ledger: Pick<JobLedger, 'saveStep'>;
  readonly events: Pick<LiveEvents, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly job: JobId | null;
}

/** Cadence and size of step updates (protocol K). */
const UPDATE_MS = 500;
const UPDATE_STEPS = 25;

/** Milliseconds and `Z`, as the results service wants instants (protocol E.1). */
const wireInstant = (at: string): string => new Date(at).toISOString();

/** The states of a job's steps on their way to GitHub and to the ledger; the latest state wins. */
export class JobStepStates {
  readonly #deps: StepStateDeps;
  readonly #updates: Flusher;
  readonly #saves: Flusher;
  readonly #toSend = new Map<string, WireStepUpdate>();
  readonly #toSave = new Map<number, StepRow>();
  #failed = false;

  constructor(deps: StepStateDeps) {
    this.#deps = deps;
    this.#updates = createFlusher(deps.clock, UPDATE_MS, () => this.#send());
    this.#saves = createFlusher(deps.clock, 0, () => this.#save());
  }

  planned(step: ReportedStep): void {
    this.#set(step, { status: STEP_STATUS.pending, conclusion: STEP_CONCLUSION.none }, {});
  }

  started(step: ReportedStep, startedAt: string): void {
    const state = { status: STEP_STATUS.inProgress, conclusion: STEP_CONCLUSION.none };
    this.#set(step, state, { startedAt });
  }

  finished(step: FinishedStep): void {
    const conclusion = STEP_CONCLUSION[step.conclusion];
    this.#set(step, { status: STEP_STATUS.completed, conclusion }, step);
  }

  async drain(): Promise<void> {
    await Promise.all([this.#updates.finish(), this.#saves.finish()]);
  }

  #set(
    step: ReportedStep,
    state: Pick<WireStepUpdate, 'status' | 'conclusion'>,
    known: Partial<Pick<FinishedStep, 'startedAt' | 'completedAt' | 'outcome' | 'conclusion'>>,
  ): void {
    const { startedAt = null, completedAt = null, outcome = null, conclusion = null } = known;
    const { id, number, name } = step;
    this.#toSend.set(id, {
      external_id: id,
      number,
      name,
      ...state,
      started_at: startedAt === null ? null : wireInstant(startedAt),
      completed_at: completedAt === null ? null : wireInstant(completedAt),
    });
    this.#toSave.set(number, { number, name, outcome, conclusion, startedAt, completedAt });
    this.#updates.touch();
    this.#saves.touch();
  }

  async #send(): Promise<void> {
    while (this.#toSend.size > 0) {
      const batch = [...this.#toSend.values()].slice(0, UPDATE_STEPS);
      for (const { external_id } of batch) this.#toSend.delete(external_id);
      await this.#deps.results
        .updateSteps(batch)
        .catch((error: unknown) => this.#report('step states not delivered to github', error));
    }
  }

  async #save(): Promise<void> {
    const { job, ledger, events } = this.#deps;
    if (job === null) return;
    // One at a time from the map: while one is saved, a later state may replace another.
    for (let row = this.#firstToSave(); row !== undefined; row = this.#firstToSave()) {
      this.#toSave.delete(row.number);
      await ledger
        .saveStep(job, row)
        .catch((error: unknown) => this.#report('step not saved', error));
      events.publish({ kind: 'step', job, number: row.number });
    }
  }

  #firstToSave(): StepRow | undefined {
    const [row] = this.#toSave.values();
    return row;
  }

  /** Once per job: whatever holds one of them back mostly holds back all. */
  #report(what: string, error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#deps.log.warn(what, { detail: messageOf(error) });
  }
}
