import type { JobView } from '../contract/job-view.ts';

/** Why a job waits, for people; what it does instead when it does not wait. */
export function whyText(
  job: Pick<JobView, 'id' | 'name' | 'state' | 'waiting'>,
  now: number,
): string {
  const { id, name, state, waiting } = job;
  if (waiting === null) return `${id} (${name}) does not wait: it is ${state}.\n`;
  const since =
    waiting.since === null ? '' : `, for ${duration(now - Date.parse(waiting.since))} now`;
  const estimate =
    waiting.startsInMs === null ? '' : `\nIts turn comes in about ${duration(waiting.startsInMs)}.`;
  return `${id} (${name}) waits (${waiting.code}${since}):\n${waiting.sentence}${estimate}\n`;
}

const MINUTE_MS = 60_000;

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(ms / MINUTE_MS);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
