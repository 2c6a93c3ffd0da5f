import type { Terminal } from '../../cli/live-display.ts';
import { whyText } from '../../cli/why-text.ts';
import { jobDetailView } from '../../contract/job-view.ts';
import { messageOf } from '../../domain/errors.ts';

export interface WhyContext {
  /** Of the hub's API. */
  readonly url: string;
  readonly now: number;
  readonly out: Terminal;
  readonly err: Terminal;
}

const ASKED_FOR_MS = 10_000;

/** Why a job waits: 0 when the hub knows it, 2 when not, 3 when the hub does not answer. */
export async function showWhy(
  job: string,
  json: boolean,
  { url, now, out, err }: WhyContext,
): Promise<number> {
  const id = /^\d+$/.test(job) ? `job_${job}` : job;
  const answer = await ask(`${url}/api/v1/jobs/${encodeURIComponent(id)}`);
  if (typeof answer === 'string') {
    err.write(
      `The hub at ${url} does not answer: ${answer}\nIs it running? --url names another.\n`,
    );
    return 3;
  }
  if (answer.status === 404) {
    err.write(`The hub at ${url} knows no job ${id}.\n`);
    return 2;
  }
  const parsed = jobDetailView.safeParse(answer.body);
  if (!parsed.success) {
    err.write(`What answers at ${url} is no hub of this version.\n`);
    return 3;
  }
  const { waiting, state } = parsed.data;
  const found = { job: id, state, waiting };
  out.write(json ? `${JSON.stringify(found, null, 2)}\n` : whyText(parsed.data, now));
  return 0;
}

/** The answer, or why there is none. */
async function ask(url: string): Promise<{ status: number; body: unknown } | string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ASKED_FOR_MS) });
    const text = await response.text();
    return { status: response.status, body: parsedJson(text) };
  } catch (error) {
    return messageOf(error);
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
