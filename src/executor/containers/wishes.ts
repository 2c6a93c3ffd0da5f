import { OptionProblem } from '../../actions/container-options.ts';
import { type ContainerWish, readContainerWish } from '../../actions/container-wish.ts';
import { isRecord, type Value } from '../../actions/expressions.ts';
import type { TemplateToken } from '../../actions/template-token.ts';
import { evaluate } from '../evaluate.ts';
import type { RecordLog } from '../job-record.ts';
import type { JobState, JobWishes } from '../job-state.ts';

const LEFT_OUT = 'A service without an image is not started';

/** Evaluates `container:` and `services:` of the job. Throws with a message for the user. */
export async function evaluateWishes(state: JobState, log: RecordLog): Promise<JobWishes> {
  const { jobContainer, jobServiceContainers } = state.message;
  const container = await evaluate(state.scope, jobContainer as TemplateToken, state.env);
  const given = await evaluate(state.scope, jobServiceContainers as TemplateToken, state.env);
  const services = new Map<string, ContainerWish>();
  for (const [name, value] of Object.entries(isRecord(given) ? given : {})) {
    const wish = read(state, `services.${name}`, value);
    if (wish !== null) services.set(name, wish);
    else void log.write(`${LEFT_OUT}: '${name}'`);
  }
  return { container: read(state, 'container', container), services };
}

function read(state: JobState, where: string, value: Value): ContainerWish | null {
  try {
    const wish = readContainerWish(value);
    if (wish?.credentials) state.masker.addSecret(wish.credentials.password);
    return wish;
  } catch (error) {
    if (error instanceof OptionProblem) throw new Error(`${where}: ${error.message}.`);
    throw error;
  }
}
