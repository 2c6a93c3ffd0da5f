import os from 'node:os';
import path from 'node:path';
import { callEngine, parseDockerHost } from './engine-api.mjs';
import { SetUpError } from './set-up-error.mjs';

/** @typedef {import('./engine-api.mjs').Endpoint} Endpoint */
/** @typedef {'running' | 'absent' | 'refused' | 'denied' | 'silent'} Answer */
/** @typedef {{ endpoint: Endpoint, answer: Answer }} Probe */

export const SYSTEM_SOCKET = '/var/run/docker.sock';
const PING_MS = 3000;

/**
 * The sockets on which an engine may listen, the usual one first.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} home
 * @returns {string[]}
 */
export function socketCandidates(env, home) {
  const sockets = [SYSTEM_SOCKET];
  if (env.XDG_RUNTIME_DIR) sockets.push(path.join(env.XDG_RUNTIME_DIR, 'docker.sock'));
  const inHome = ['.docker/run', '.docker/desktop', '.colima/default', '.orbstack/run', '.rd'];
  return [...sockets, ...inHome.map((directory) => path.join(home, directory, 'docker.sock'))];
}

/** @param {string | undefined} code @returns {Answer} */
export function classifyFailure(code) {
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENOTFOUND') return 'absent';
  if (code === 'ECONNREFUSED') return 'refused';
  return code === 'EACCES' || code === 'EPERM' ? 'denied' : 'silent';
}

/** @param {Endpoint} endpoint @returns {Promise<Answer>} */
export async function ping(endpoint) {
  try {
    const { status } = await callEngine(endpoint, 'GET', '/_ping', PING_MS);
    return status === 200 ? 'running' : 'silent';
  } catch (error) {
    return classifyFailure(/** @type {NodeJS.ErrnoException} */ (error).code);
  }
}

/** @param {NodeJS.ProcessEnv} env @returns {Endpoint[]} */
function endpoints(env) {
  if (!env.DOCKER_HOST) {
    return socketCandidates(env, os.homedir()).map((socketPath) => ({
      dockerHost: `unix://${socketPath}`,
      tls: false,
      connect: { socketPath },
    }));
  }
  const endpoint = parseDockerHost(env.DOCKER_HOST, env);
  if (endpoint) return [endpoint];
  throw new SetUpError(`DOCKER_HOST is ${env.DOCKER_HOST}, which is not supported`, [
    'Use unix://<path> or tcp://<host>:<port>, or unset DOCKER_HOST.',
  ]);
}

/**
 * The first engine that answers, else the most telling failure.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Probe>}
 */
export async function probeEngine(env = process.env) {
  /** @type {Probe[]} */
  const probes = [];
  for (const endpoint of endpoints(env)) {
    const probe = { endpoint, answer: await ping(endpoint) };
    if (probe.answer === 'running') return probe;
    probes.push(probe);
  }
  return mostTelling(probes);
}

/** @param {Probe[]} probes at least one @returns {Probe} */
export function mostTelling(probes) {
  const found = probes.find(({ answer }) => answer !== 'absent');
  return found ?? /** @type {Probe} */ (probes[0]);
}
