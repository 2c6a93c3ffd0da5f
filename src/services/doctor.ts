/** One thing that RunnerHub needs, looked at. */
export interface Finding {
  readonly name: string;
  /** `note` works, but people should know. */
  readonly state: 'ok' | 'note' | 'bad';
  readonly detail: string;
  /** What to do about it, for `bad` and `note`. */
  readonly mend?: string;
}

export interface Check {
  readonly name: string;
  /** Throwing means `bad`, with the error's message as the detail. */
  look(): Promise<Omit<Finding, 'name'>>;
  /** What to do when `look` throws. */
  readonly mend: string;
}

/** Looks at everything, one after the other; a check that breaks does not hide the others. */
export async function examine(checks: readonly Check[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) findings.push(await lookAt(check));
  return findings;
}

async function lookAt(check: Check): Promise<Finding> {
  try {
    return { name: check.name, ...(await check.look()) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name: check.name, state: 'bad', detail, mend: check.mend };
  }
}
