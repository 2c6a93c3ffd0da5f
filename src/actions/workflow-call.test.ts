import { describe, expect, it } from 'vitest';
import { callInputs, callOutputs, callSecrets } from './workflow-call.ts';
import type { CallInterface, WorkflowCall } from './workflow-model.ts';
import { parseWorkflow } from './workflow-parse.ts';

const CALLED = `on:
  workflow_call:
    inputs:
      text: { type: string, default: 'of \${{ github.ref }}' }
      size: { type: number }
      flag: { type: boolean, default: true }
    outputs:
      out: { value: '\${{ jobs.a.outputs.x }}-\${{ jobs.a.result }}' }
      none: { value: '\${{ jobs.a.outputs.nothing }}' }
jobs: { a: { runs-on: x, outputs: { x: y }, steps: [{ run: a }] } }
`;

function interfaceOf(text: string): CallInterface {
  const { workflow, problems } = parseWorkflow('called.yml', text);
  if (workflow?.callInterface == null) throw new Error(JSON.stringify(problems));
  return workflow.callInterface;
}

function callOf(...lines: string[]): WorkflowCall {
  const head = ['on: push', 'jobs:', '  call:', '    uses: ./.github/workflows/called.yml'];
  const text = [...head, ...lines.map((line) => `    ${line}`)].join('\n');
  const { workflow, problems } = parseWorkflow('a.yml', text);
  const call = workflow?.jobs[0]?.call;
  if (call == null) throw new Error(JSON.stringify(problems));
  return call;
}

const declared = interfaceOf(CALLED);
const inputs = (...lines: string[]) =>
  callInputs(
    callOf(...lines),
    declared,
    { github: {}, inputs: {}, vars: { N: '3' }, needs: {}, matrix: { n: 7 }, strategy: {} },
    { github: { ref: 'main' }, inputs: {}, vars: {} },
  );

describe('inputs of a call', () => {
  it('come from their defaults, or are empty values of their type', () => {
    expect(inputs()).toEqual({ text: 'of main', size: 0, flag: true });
  });
  it('are evaluated where they are given, ignore case and keep their type', () => {
    expect(inputs('with: { SIZE: "${{ matrix.n }}", text: "${{ vars.N }}", flag: false }')).toEqual(
      {
        text: '3',
        size: 7,
        flag: false,
      },
    );
  });
  it('fail when an expression has another type', () => {
    expect(() => inputs('with: { size: "${{ vars.N }}" }')).toThrow("'3' is not a number");
  });
});

describe('secrets of a call', () => {
  const secrets = { KEY: 'k', OTHER: 'o' };
  const contexts = { github: {}, inputs: {}, vars: {}, needs: {}, matrix: null, strategy: {} };
  it('are none unless they are handed on', () => {
    expect(callSecrets(callOf(), secrets, contexts)).toEqual({});
  });
  it('are all with inherit', () => {
    expect(callSecrets(callOf('secrets: inherit'), secrets, contexts)).toEqual(secrets);
  });
  it('are those that the call names, without empty ones', () => {
    const call = callOf('secrets: { token: "${{ secrets.KEY }}", gone: "${{ secrets.NONE }}" }');
    expect(callSecrets(call, secrets, contexts)).toEqual({ TOKEN: 'k' });
  });
});

it('hands back the outputs that its jobs made', () => {
  const jobs = { a: { result: 'success', outputs: { x: '1' } } };
  expect(callOutputs(declared, { github: {}, inputs: {}, vars: {}, jobs })).toEqual({
    out: '1-success',
  });
});
