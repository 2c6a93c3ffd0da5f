import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

/** @typedef {import('node:http').IncomingMessage} IncomingMessage */
/** @typedef {import('node:http').RequestOptions & import('node:https').RequestOptions} ConnectOptions */
/**
 * Where a Docker Engine listens.
 * @typedef {object} Endpoint
 * @property {string} dockerHost as in DOCKER_HOST
 * @property {boolean} tls
 * @property {ConnectOptions} connect
 */
/**
 * @typedef {object} EngineRequest
 * @property {string} method
 * @property {string} path
 * @property {import('node:http').OutgoingHttpHeaders} [headers]
 * @property {number} [idleMs] fail when nothing is heard for so long
 * @property {(request: import('node:http').ClientRequest) => void} [send]
 *   writes the body and ends the request
 */

/** @param {NodeJS.ProcessEnv} env @returns {ConnectOptions} */
function tlsOptions(env) {
  const directory = env.DOCKER_CERT_PATH ?? path.join(env.HOME ?? '', '.docker');
  const file = (/** @type {string} */ name) => readFileSync(path.join(directory, name));
  return { ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') };
}

/**
 * Reads a DOCKER_HOST value; undefined for kinds that are not supported.
 * @param {string} dockerHost
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Endpoint | undefined}
 */
export function parseDockerHost(dockerHost, env = {}) {
  if (dockerHost.startsWith('unix://')) {
    const socketPath = dockerHost.slice('unix://'.length);
    return { dockerHost, tls: false, connect: { socketPath } };
  }
  const match = /^(tcp|http|https):\/\/(\[[^\]]+\]|[^/:]+)(?::(\d+))?\/?$/.exec(dockerHost);
  if (!match) return undefined;
  const tls = match[1] === 'https' || Boolean(env.DOCKER_TLS_VERIFY);
  const host = (match[2] ?? '').replace(/^\[|\]$/g, '');
  const port = Number(match[3] ?? (tls ? 2376 : 2375));
  return { dockerHost, tls, connect: { host, port, ...(tls ? tlsOptions(env) : {}) } };
}

/**
 * Sends a request and returns the response once its headers are there.
 * @param {Endpoint} endpoint
 * @param {EngineRequest} options
 * @returns {Promise<IncomingMessage>}
 */
export async function openRequest(endpoint, { method, path: target, headers, idleMs, send }) {
  // Loading TLS takes a noticeable time, and an engine nearby needs none.
  const client = endpoint.tls ? (await import('node:https')).default : http;
  return new Promise((resolve, reject) => {
    // Without an agent no idle connection keeps this program from ending.
    const options = { ...endpoint.connect, agent: false, method, path: target };
    const request = client.request({ ...options, headers: { Host: 'docker', ...headers } });
    request.on('error', reject);
    request.on('response', resolve);
    if (idleMs) {
      request.setTimeout(idleMs, () =>
        request.destroy(new Error('the Docker Engine does not answer')),
      );
    }
    if (send) send(request);
    else request.end();
  });
}

/** @param {IncomingMessage} response @returns {Promise<string>} */
export async function readText(response) {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return text;
}

/**
 * @param {string} text the body of an error response
 * @returns {string}
 */
export function errorMessage(text) {
  try {
    return String(JSON.parse(text).message ?? text).trim();
  } catch {
    return text.trim();
  }
}

/**
 * A request with a small answer.
 * @param {Endpoint} endpoint
 * @param {string} method
 * @param {string} target
 * @param {number} [idleMs]
 * @returns {Promise<{ status: number, text: string }>}
 */
export async function callEngine(endpoint, method, target, idleMs = 30_000) {
  const response = await openRequest(endpoint, { method, path: target, idleMs });
  return { status: response.statusCode ?? 0, text: await readText(response) };
}

/**
 * Follows a progress stream to its end. The Engine reports what goes wrong
 * after the first byte as a message inside a response with status 200.
 * @param {IncomingMessage} response
 * @param {(message: Record<string, any>) => void} [onMessage]
 */
export async function followProgress(response, onMessage) {
  if (response.statusCode !== 200) throw new Error(errorMessage(await readText(response)));
  let rest = '';
  const handle = (/** @type {string} */ line) => {
    if (!line.trim()) return;
    const message = JSON.parse(line);
    if (message.error) throw new Error(String(message.errorDetail?.message ?? message.error));
    onMessage?.(message);
  };
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(handle);
  }
  handle(rest);
}
