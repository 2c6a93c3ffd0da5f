import path from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { compare } from './harness/compare.ts';
import { readCorpus, type WrittenCase } from './harness/read-corpus.ts';
import { runWorkflow } from './harness/run-workflow.ts';
import { transcript } from './harness/transcript.ts';
import { openUnits, type Units } from './harness/units.ts';

let units: Units;
beforeAll(async () => {
  units = await openUnits();
});
afterAll(() => units?.close());

async function prove(written: WrittenCase): Promise<void> {
  const ran = await runWorkflow(written, units);
  const differences = compare(written.given.expect, ran);
  if (differences.length === 0) return;
  const list = differences.map((text) => `  - ${text}`).join('\n');
  throw new Error(`${written.given.case}\n${list}\n\n${transcript(ran)}`);
}

for (const { name, head, cases } of readCorpus(path.dirname(import.meta.filename))) {
  describe.concurrent(`${name}: ${head.feature}`, () => {
    for (const written of cases) {
      const define = written.given.knownGap === undefined ? test : test.fails;
      define(written.given.case, () => prove(written));
    }
  });
}
