import type { StepRun } from './handler.ts';

/** The head of a step's log that uses an action: which, with what inputs and variables. */
export function logDetails(
  { stage, env, log }: StepRun,
  name: string,
  inputs: Readonly<Record<string, string>>,
): void {
  if (stage === 'post') {
    void log.write('Post job cleanup.');
    return;
  }
  void log.write(`##[group]Run ${name}`);
  const given = Object.entries(inputs).filter(([, value]) => value !== '');
  logPairs('with:', given);
  logPairs('env:', Object.entries(env));
  void log.write('##[endgroup]');

  function logPairs(title: string, pairs: readonly (readonly [string, string])[]): void {
    if (pairs.length === 0) return;
    void log.write(title);
    for (const [key, value] of pairs) void log.write(`  ${key}: ${value}`);
  }
}
