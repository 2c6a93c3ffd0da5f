import { stateVariables } from '../../actions/action-environment.ts';
import type { StepRun } from './handler.ts';

/** The head of a step's log that uses an action: which, with what inputs and variables. */
export function logDetails(
  { stage, env, log, use }: StepRun,
  name: string,
  inputs: Readonly<Record<string, string>>,
): void {
  if (stage === 'post') {
    void log.write('Post job cleanup.');
    return;
  }
  void log.write(`##[group]Run ${name}`);
  logPairs('with:', inputs, (value) => value !== '');
  logPairs('env:', { ...env, ...stateVariables(use.saved) });
  void log.write('##[endgroup]');

  function logPairs(
    title: string,
    pairs: Readonly<Record<string, string>>,
    isShown: (value: string) => boolean = () => true,
  ): void {
    const entries = Object.entries(pairs);
    if (entries.length > 0) void log.write(title);
    for (const [key, value] of entries) if (isShown(value)) void log.write(`  ${key}: ${value}`);
  }
}
