import type { StepHostPlace } from '../../src/adapters/docker/engine.ts';
import { execText } from '../../src/adapters/docker/engine-exec.ts';
import type { StepHost } from '../../src/ports/step-host.ts';

/** Just enough of a step host for tests that run a few short commands. */
export async function openExecStepHost(place: StepHostPlace): Promise<StepHost> {
  const container = place.docker.getContainer(place.id);
  const missing = async (): Promise<never> => {
    throw new Error('not part of this step host');
  };
  return {
    paths: place.paths,
    facts: { os: 'Linux', arch: 'X64', env: {}, image: place.image, shells: ['sh'] },
    async exec(command, output) {
      const text = await execText(container, command.user ?? place.user, command.argv);
      await output.stdout(Buffer.from(text));
      return { code: 0 };
    },
    put: missing,
    unpack: missing,
    read: missing,
    makeFolders: missing,
    remove: missing,
  };
}
