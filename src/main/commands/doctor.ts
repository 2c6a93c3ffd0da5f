import { columns } from '../../cli/job-table.ts';
import type { Terminal } from '../../cli/live-display.ts';
import type { Config } from '../../contract/config.ts';
import type { Log } from '../../ports/log.ts';
import { examine } from '../../services/doctor.ts';
import { doctorChecks } from '../doctor-checks.ts';

export interface DoctorContext {
  readonly config: Config;
  readonly log: Log;
  readonly out: Terminal;
}

/** Prints what was found and how to mend it; 1 when anything is bad. */
export async function doctor(json: boolean, { config, log, out }: DoctorContext): Promise<number> {
  const findings = await examine(doctorChecks(config, log));
  const healthy = findings.every((finding) => finding.state !== 'bad');
  if (json) {
    out.write(`${JSON.stringify({ healthy, findings }, null, 2)}\n`);
    return healthy ? 0 : 1;
  }
  const rows = columns(findings.map(({ name, state, detail }) => [state, name, detail]));
  for (const [index, row] of rows.entries()) {
    const { state, mend } = findings[index] ?? {};
    out.write(`${row}\n`);
    if (state !== 'ok' && mend) out.write(`      ${mend}\n`);
  }
  out.write(healthy ? '\nReady.\n' : '\nNot ready: mend what is marked bad.\n');
  return healthy ? 0 : 1;
}
