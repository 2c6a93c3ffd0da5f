import { STAGES } from './set-up.mjs';

/** @typedef {import('./set-up.mjs').StageName} StageName */
/**
 * @typedef {object} Arguments
 * @property {readonly StageName[]} stages
 * @property {boolean} quiet
 * @property {boolean} help
 */

export const HELP = `Usage: node scripts/setup/main.mjs [options]

Makes this machine ready to run jobs: installs the npm packages, provides a
Docker Engine and the image in which jobs run. Does only what is missing.

Options:
  --only <stages>  a comma-separated list of: ${STAGES.join(', ')}
  --quiet          write only warnings and errors
  --help           show this text

Environment:
  DOCKER_HOST          the Docker Engine to use
  RUNNERHUB_JOB_IMAGE  the image in which jobs run

Exit status: 0 ready, 1 not possible (the message says what to do),
2 wrong arguments.
`;

/** An argument that is not understood. */
export class UsageError extends Error {}

/** @param {string} list @returns {StageName[]} */
function parseStages(list) {
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const unknown = names.find((name) => !STAGES.some((stage) => stage === name));
  if (unknown !== undefined) {
    throw new UsageError(`unknown stage "${unknown}"; the stages are ${STAGES.join(', ')}`);
  }
  if (names.length === 0) throw new UsageError(`--only needs a list of: ${STAGES.join(', ')}`);
  return STAGES.filter((stage) => names.includes(stage));
}

/**
 * @param {readonly string[]} argv
 * @returns {Arguments}
 */
export function parseArguments(argv) {
  /** @type {Arguments} */
  const result = { stages: STAGES, quiet: false, help: false };
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--help' || word === '-h') result.help = true;
    else if (word === '--quiet' || word === '-q') result.quiet = true;
    else if (word === '--only') result.stages = parseStages(rest.shift() ?? '');
    else if (word.startsWith('--only=')) result.stages = parseStages(word.slice('--only='.length));
    else throw new UsageError(`unknown argument "${word}"`);
  }
  return result;
}
