import { callEngine, errorMessage, followProgress, openRequest } from './engine-api.mjs';
import { IMAGE_LABEL } from './image-recipe.mjs';

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
  if (status !== 200) throw new Error(errorMessage(text));
  const image = JSON.parse(text);
  return { id: image.Id, labels: image.Config?.Labels ?? {} };
}

/**
 * Removes job images that no longer have a name: replaced ones, and what a
 * failed build left. One that a container still uses stays until next time.
 * @param {Endpoint} endpoint
 */
export async function removeUnnamed(endpoint) {
  const filters = JSON.stringify({ dangling: ['true'], label: [`${IMAGE_LABEL}=job`] });
  const query = new URLSearchParams({ filters });
  const { status, text } = await callEngine(endpoint, 'GET', `/images/json?${query}`);
  if (status !== 200) return;
  for (const image of JSON.parse(text)) await callEngine(endpoint, 'DELETE', `/images/${image.Id}`);
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
