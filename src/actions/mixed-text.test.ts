import { describe, expect, it } from 'vitest';
import { evaluateExpression, isRecord } from './expressions.ts';
import { evaluateToken } from './template-token.ts';
import { parseWorkflow } from './workflow-parse.ts';

const scriptOf = (run: string): unknown => {
  const text = `on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: ${run}\n`;
  const { workflow, problems } = parseWorkflow('f.yml', text);
  expect(problems).toEqual([]);
  const inputs = workflow?.jobs[0]?.steps[0]?.inputs;
  const value = evaluateToken(inputs, { github: { ref: 'R' } });
  return isRecord(value) ? value['script'] : undefined;
};

describe('text with expressions in it (protocol D.3)', () => {
  it('loses the indentation of a literal block', () => {
    expect(
      scriptOf("|\n          if true; then\n            echo '${{ github.ref }}'\n          fi\n"),
    ).toBe("if true; then\n  echo 'R'\nfi\n");
  });

  it('is folded and chomped as its header says', () => {
    expect(scriptOf('>-\n          echo\n          ${{ github.ref }}\n')).toBe('echo R');
  });

  it('keeps quotes and braces', () => {
    expect(scriptOf("|\n          awk '{print $1}' '${{ github.ref }}' ''\n")).toBe(
      "awk '{print $1}' 'R' ''\n",
    );
  });

  it('takes quoted scalars over several lines as YAML does', () => {
    expect(scriptOf('"echo ${{ github.ref }}\n          and more"')).toBe('echo R and more');
  });

  it('does not end an expression within one of its strings', () => {
    expect(scriptOf("|\n          x ${{ format('}}{0}', github.ref) }} y\n          z\n")).toBe(
      'x }R y\nz\n',
    );
  });
});

it('reads every doubled quote of a string', () => {
  expect(evaluateExpression("'a ''b'' ''c'''", {})).toBe("a 'b' 'c'");
});
