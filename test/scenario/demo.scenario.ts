import { expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { leftovers } from '../support/docker.ts';
import { createWorkspace } from '../support/workspace.ts';

it('the demo ends by itself, every job as expected, twice on the same data, and leaves nothing', async () => {
  using workspace = createWorkspace();
  for (let time = 0; time < 2; time++) {
    const { code, stdout } = await runCommand(['demo', '--once'], { env: workspace.env });
    expect(stdout).toContain('All 5 jobs ended as expected.');
    expect(code).toBe(0);
    expect(await leftovers(workspace.dir)).toEqual([]);
  }
});
