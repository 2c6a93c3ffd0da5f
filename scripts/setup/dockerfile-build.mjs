import { pipeTar, sendTar } from './image-engine.mjs';
import { RECIPE_LABEL } from './image-recipe.mjs';
import { CommandError, runCommand } from './run-command.mjs';
import { SetUpError } from './set-up-error.mjs';

/**
 * Builds the job image from its Dockerfile, for hosts that cannot build it
 * from Debian packages directly; the daemon pulls the base image.
 * @param {import('./engine-api.mjs').Endpoint} endpoint
 * @param {string} name
 * @param {import('./image-recipe.mjs').Recipe} recipe
 * @param {import('./progress.mjs').Stage} stage
 */
export async function buildFromDockerfile(endpoint, name, recipe, stage) {
  stage.step('building the job image from deploy/job-image/Dockerfile');
  const labels = JSON.stringify({ [RECIPE_LABEL]: recipe.hash });
  const query = new URLSearchParams({ t: name, labels, rm: '1', forcerm: '1' });
  try {
    await sendTar(endpoint, `/build?${query}`, async (request) => {
      await runCommand('tar', ['-C', recipe.directory, '-cf', '-', '.'], {
        env: { COPYFILE_DISABLE: '1' }, // else macOS adds files of its own
        onStdout: (tar) => pipeTar(tar, request),
      });
    });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new SetUpError(
      `the job image could not be built: ${/** @type {Error} */ (error).message}`,
      [
        'See why with:',
        `docker build -t ${name} '${recipe.directory}'`,
        'On Debian, the set-up run as root builds the image without a registry.',
      ],
    );
  }
}
