/** An action on `@actions/exec`: streams, exit codes, input and environment of a program. */
import * as core from '@actions/core';
import { exec, getExecOutput } from '@actions/exec';

core.exportVariable('WORD', 'word');
const script = 'read line; echo "out $line $WORD"; echo err >&2; exit 3';
const { exitCode, stdout, stderr } = await getExecOutput('sh', ['-c', script], {
  input: Buffer.from('given\n'),
  ignoreReturnCode: true,
});
core.setOutput('seen', { exitCode, stdout, stderr });
await exec('sh -c "exit 4"').catch((error) => core.setOutput('failure', error.message));
