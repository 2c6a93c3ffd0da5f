import { ensureDependencies } from './dependencies.mjs';
import { ensureDockerEngine } from './docker-engine.mjs';
import { probeEngine } from './engine-probe.mjs';
import { DEFAULT_IMAGE } from './image-recipe.mjs';
import { ensureJobImage } from './job-image.mjs';
import { createProgress } from './progress.mjs';
import { SetUpError } from './set-up-error.mjs';

/** @typedef {'dependencies' | 'docker' | 'image'} StageName */
/** @typedef {import('./engine-api.mjs').Endpoint} Endpoint */
/** @typedef {import('./progress.mjs').Stage} Stage */
/**
 * @typedef {object} SetUpOptions
 * @property {string} root the directory of the project
 * @property {string} [jobImage] else RUNNERHUB_JOB_IMAGE, else the default
 * @property {readonly StageName[]} [stages] else all
 * @property {boolean} [quiet] only warnings are written
 */
/**
 * @typedef {object} SetUpResult
 * @property {string | undefined} dockerHost of the engine, as in DOCKER_HOST
 * @property {string} jobImage
 */

/** @type {readonly StageName[]} in the order in which they run */
export const STAGES = ['dependencies', 'docker', 'image'];

/** @param {string} [jobImage] @returns {string} */
export function chooseJobImage(jobImage) {
  return jobImage || process.env.RUNNERHUB_JOB_IMAGE || DEFAULT_IMAGE;
}

/** @returns {Promise<Endpoint>} */
async function runningEngine() {
  const { endpoint, answer } = await probeEngine();
  if (answer === 'running') return endpoint;
  throw new SetUpError('the job image needs a running Docker Engine', [
    'node scripts/setup/main.mjs --only docker,image',
  ]);
}

/**
 * @template T
 * @param {Stage} stage
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function inStage(stage, work) {
  try {
    return await work();
  } finally {
    stage.close();
  }
}

/**
 * Makes this machine ready to run jobs. Every stage looks first and does only
 * what is missing.
 * @param {SetUpOptions} options
 * @returns {Promise<SetUpResult>}
 */
export async function setUp({ root, jobImage, stages = STAGES, quiet = false }) {
  const progress = createProgress({ quiet });
  const name = chooseJobImage(jobImage);
  /** @type {Endpoint | undefined} */
  let engine;
  if (stages.includes('dependencies')) {
    const stage = progress.stage('dependencies');
    await inStage(stage, () => ensureDependencies(root, stage));
  }
  if (stages.includes('docker')) {
    const stage = progress.stage('docker');
    engine = await inStage(stage, () => ensureDockerEngine(stage));
  }
  if (stages.includes('image')) {
    const stage = progress.stage('image');
    const endpoint = engine ?? (await runningEngine());
    await inStage(stage, () => ensureJobImage(endpoint, root, name, stage));
    engine = endpoint;
  }
  return { dockerHost: engine?.dockerHost, jobImage: name };
}
