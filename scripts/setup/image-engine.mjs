import { callEngine, errorMessage, followProgress, openRequest } from './engine-api.mjs';
import { IMAGE_LABEL } from './image-recipe.mjs';
import { SetUpError } from './set-up-error.mjs';

/** @typedef {import('./engine-api.mjs').Endpoint} Endpoint */
/** @typedef {import('node:http').ClientRequest} ClientRequest */
/** @typedef {{ id: string, labels: Record<string, string> }} LocalImage */

/**
 * Splits an image name into what the Engine calls repository and tag.
 * @param {string} name
 * @returns {{ repository: string, tag: string }} the tag may be a digest
 */
export function splitImageName(name) {
  const at = name.indexOf('@');
  if (at > 0) return { repository: name.slice(0, at), tag: name.slice(at + 1) };
  // A colon before the last slash belongs to the port of the registry.
  const colon = name.lastIndexOf(':');
  if (colon <= name.lastIndexOf('/')) return { repository: name, tag: 'latest' };
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}

/**
 * @param {Endpoint} endpoint
 * @param {string} name
 * @returns {Promise<LocalImage | undefined>}
 */
export async function inspectImage(endpoint, name) {
  const { status, text } = await callEngine(endpoint, 'GET', `/images/${encodeURI(name)}/json`);
  if (status === 404) return undefined;
  if (status !== 200) {
    throw new SetUpError(
      `the Docker Engine does not take the image name "${name}": ${errorMessage(text)}`,
      ['Check RUNNERHUB_JOB_IMAGE.'],
    );
  }
  const image = JSON.parse(text);
  return { id: image.Id, labels: image.Config?.Labels ?? {} };
}

/**
 * @param {Endpoint} endpoint
 * @param {string} from
 * @param {string} to
 */
export async function tagImage(endpoint, from, to) {
  const { repository, tag } = splitImageName(to);
  const query = new URLSearchParams({ repo: repository, tag });
  const { status, text } = await callEngine(
    endpoint,
    'POST',
    `/images/${encodeURI(from)}/tag?${query}`,
  );
  if (status !== 201) throw new Error(`${to}: ${errorMessage(text)}`);
}

/** @param {Endpoint} endpoint @returns {Promise<string[]>} ids of job images without a name */
async function listUnnamed(endpoint) {
  const filters = JSON.stringify({ dangling: ['true'], label: [`${IMAGE_LABEL}=job`] });
  const query = new URLSearchParams({ filters });
  const { status, text } = await callEngine(endpoint, 'GET', `/images/json?${query}`);
  if (status !== 200) throw new Error(errorMessage(text));
  return JSON.parse(text).map((/** @type {{ Id: string }} */ image) => image.Id);
}

/**
 * Runs a build and removes the images that are without a name because of it:
 * the one it replaced, or what it left when it failed. Those that were there
 * before may be somebody's own, built on the job image.
 * @param {Endpoint} endpoint
 * @param {() => Promise<void>} build
 */
export async function withoutLeftovers(endpoint, build) {
  const before = await listUnnamed(endpoint);
  try {
    await build();
  } finally {
    const after = await listUnnamed(endpoint).catch(() => []);
    for (const id of after.filter((image) => !before.includes(image))) {
      // One that a container still uses cannot be removed, and stays.
      await callEngine(endpoint, 'DELETE', `/images/${id}`).catch(() => {});
    }
  }
}

/**
 * @param {import('node:stream').Readable} tar
 * @param {ClientRequest} request
 */
export function pipeTar(tar, request) {
  tar.pipe(request, { end: false });
  // Without a reader the command that writes it would never end.
  request.once('close', () => tar.resume());
}

/**
 * Sends a tar stream to the Engine and follows the answer to its end.
 * @param {Endpoint} endpoint
 * @param {string} target
 * @param {(request: ClientRequest) => Promise<void>} produce writes the tar
 *   stream into the request; the request is completed when it is done
 */
export async function sendTar(endpoint, target, produce) {
  /** @type {Promise<void>} */
  let produced = Promise.resolve();
  const headers = { 'Content-Type': 'application/x-tar', 'Transfer-Encoding': 'chunked' };
  const answered = openRequest(endpoint, {
    method: 'POST',
    path: target,
    headers,
    send(request) {
      produced = produce(request).then(
        () => void request.end(),
        (error) => {
          // Without a proper end the Engine drops what it has received.
          request.destroy(error);
          throw error;
        },
      );
    },
  }).then((response) => followProgress(response));
  // The cause of a failure is with the producer rather than in the request
  // which broke off because of it.
  const [first, second] = await Promise.allSettled([produced, answered]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
}

/**
 * @param {Endpoint} endpoint
 * @param {string} name
 * @param {(status: string) => void} onStatus
 */
export async function pullImage(endpoint, name, onStatus) {
  const { repository, tag } = splitImageName(name);
  const query = new URLSearchParams({ fromImage: repository, tag });
  const response = await openRequest(endpoint, {
    method: 'POST',
    path: `/images/create?${query}`,
    idleMs: 90_000,
  });
  await followProgress(response, ({ id, status }) =>
    onStatus(id ? `${status} ${id}` : String(status)),
  );
}
