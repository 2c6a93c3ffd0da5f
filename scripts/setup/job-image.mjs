import { buildDebianRoot } from './debian-root.mjs';
import { buildFromDockerfile } from './dockerfile-build.mjs';
import { inspectHost, machineLock } from './host.mjs';
import {
  inspectImage,
  pipeTar,
  pullImage,
  sendTar,
  splitImageName,
  tagImage,
  withoutLeftovers,
} from './image-engine.mjs';
import { DEFAULT_IMAGE, IMAGE_LABEL, RECIPE_LABEL, readRecipe } from './image-recipe.mjs';
import { withLock } from './lock-file.mjs';
import { SetUpError } from './set-up-error.mjs';

/** @typedef {import('./engine-api.mjs').Endpoint} Endpoint */
/** @typedef {import('./host.mjs').Host} Host */
/** @typedef {import('./image-engine.mjs').LocalImage} LocalImage */
/** @typedef {import('./image-recipe.mjs').Recipe} Recipe */
/** @typedef {import('./progress.mjs').Stage} Stage */
/**
 * @typedef {object} Job
 * @property {Endpoint} endpoint
 * @property {string} name of the image
 * @property {Recipe} recipe
 * @property {Stage} stage
 */

/**
 * @param {string} name
 * @param {LocalImage | undefined} image
 * @param {string} hash of the recipe
 * @returns {'ok' | 'build' | 'pull'}
 */
export function decideImage(name, image, hash) {
  // An image of one's own is used as it is; only the default one is rebuilt.
  if (name !== DEFAULT_IMAGE) return image ? 'ok' : 'pull';
  return image?.labels[RECIPE_LABEL] === hash ? 'ok' : 'build';
}

const NO_REGISTRY = [
  /\bdial (tcp|unix)\b|no such host|server misbehaving|unreachable/i,
  /timeout|timed out|deadline exceeded|does not answer/i,
  /connection (refused|reset)|\bEOF\b|proxyconnect|x509|tls:/i,
  // What a proxy says that lets nobody through.
  /unexpected HTTP status|error parsing HTTP/i,
];

/**
 * Whether a pull failed because no registry could be reached, rather than
 * because a registry does not have the image or refuses to give it.
 * @param {string} message
 * @returns {boolean}
 */
export function isUnreachable(message) {
  return NO_REGISTRY.some((pattern) => pattern.test(message));
}

/** @param {string} hash @returns {string[]} Dockerfile instructions */
export function imageChanges(hash) {
  return [
    `LABEL ${IMAGE_LABEL}=job`,
    `LABEL ${RECIPE_LABEL}=${hash}`,
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'ENV LANG=C.UTF-8',
    'CMD ["bash"]',
  ];
}

/** @param {Job} job @param {Host} host */
async function importDebianRoot({ endpoint, name, recipe, stage }, host) {
  const { repository, tag } = splitImageName(name);
  const query = new URLSearchParams({ fromSrc: '-', repo: repository, tag });
  for (const change of imageChanges(recipe.hash)) query.append('changes', change);
  await sendTar(endpoint, `/images/create?${query}`, (request) =>
    buildDebianRoot(recipe, host.codename, stage, (tar) => pipeTar(tar, request)),
  );
}

/** @param {Job} job */
async function build(job) {
  const host = inspectHost();
  const { endpoint, name, recipe, stage } = job;
  await withoutLeftovers(endpoint, () =>
    host.debian && host.root
      ? importDebianRoot(job, host)
      : buildFromDockerfile(endpoint, name, recipe, stage),
  );
}

/** @param {Job} job */
async function pull(job) {
  const { endpoint, name, stage } = job;
  stage.step(`pulling ${name}`);
  try {
    await pullImage(endpoint, name, () => {});
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    // A digest names one exact image: nothing built here can take its place.
    if (!isUnreachable(message) || name.includes('@')) {
      throw new SetUpError(`${name} could not be pulled: ${message}`, [
        'Check RUNNERHUB_JOB_IMAGE; for a private registry first run:',
        `docker pull ${name}`,
      ]);
    }
    stage.warn(`no registry answers for ${name} (${message})`);
    stage.warn(
      `using ${DEFAULT_IMAGE}, built from Debian packages, as ${name}; to pull again: docker rmi ${name}`,
    );
    await provide({ ...job, name: DEFAULT_IMAGE });
    await tagImage(endpoint, DEFAULT_IMAGE, name);
  }
}

/** @param {Job} job @returns {Promise<void>} */
async function provide(job) {
  // Another set-up may have done it while this one waited for the lock.
  const decision = decideImage(
    job.name,
    await inspectImage(job.endpoint, job.name),
    job.recipe.hash,
  );
  if (decision === 'build') await build(job);
  if (decision === 'pull') await pull(job);
}

/**
 * Makes sure that the job image is present and up to date.
 * @param {Endpoint} endpoint
 * @param {string} root the directory of the project
 * @param {string} name
 * @param {Stage} stage
 */
export async function ensureJobImage(endpoint, root, name, stage) {
  const recipe = readRecipe(root);
  const decision = decideImage(name, await inspectImage(endpoint, name), recipe.hash);
  if (decision !== 'ok') {
    const onWait = (/** @type {string} */ pid) =>
      stage.step(`waiting for another set-up (process ${pid})`);
    await withLock(machineLock(inspectHost()), onWait, () =>
      provide({ endpoint, name, recipe, stage }),
    );
  }
  stage.ok(name);
}
