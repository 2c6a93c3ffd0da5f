import { aptInstall } from './apt.mjs';
import { adviseDocker } from './docker-advice.mjs';
import { startDockerd } from './docker-start.mjs';
import { probeEngine } from './engine-probe.mjs';
import { findProgram, inspectHost, machineLock } from './host.mjs';
import { withLock } from './lock-file.mjs';

/** @typedef {import('./engine-api.mjs').Endpoint} Endpoint */
/** @typedef {import('./engine-probe.mjs').Answer} Answer */
/** @typedef {import('./host.mjs').Host} Host */
/** @typedef {import('./progress.mjs').Stage} Stage */

/**
 * @param {object} facts
 * @param {Answer} facts.answer of the engine
 * @param {boolean} facts.hostGiven DOCKER_HOST names the engine to use
 * @param {boolean} facts.dockerd is installed
 * @param {Host} facts.host
 * @returns {'use' | 'start' | 'install' | 'explain'}
 */
export function decideEngine({ answer, hostGiven, dockerd, host }) {
  if (answer === 'running') return 'use';
  if (hostGiven || host.platform !== 'linux' || !host.root || answer === 'denied') return 'explain';
  if (dockerd) return 'start';
  return host.apt ? 'install' : 'explain';
}

/** @param {NodeJS.ProcessEnv} env */
async function look(env) {
  const probe = await probeEngine(env);
  const host = inspectHost();
  const hostGiven = Boolean(env.DOCKER_HOST);
  const dockerd = probe.answer !== 'running' && findProgram('dockerd') !== undefined;
  const facts = { answer: probe.answer, hostGiven, dockerd, host };
  return { probe, facts, decision: decideEngine(facts) };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {Stage} stage
 * @returns {Promise<Endpoint>}
 */
async function provide(env, stage) {
  // Another set-up may have done it while this one waited for the lock.
  const { probe, decision } = await look(env);
  if (decision === 'use') return probe.endpoint;
  if (decision === 'install') await aptInstall(['docker.io', 'iptables'], stage);
  return startDockerd(stage);
}

/**
 * Makes sure that a Docker Engine is running and returns where.
 * @param {Stage} stage
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Endpoint>}
 */
export async function ensureDockerEngine(stage, env = process.env) {
  const { probe, facts, decision } = await look(env);
  if (decision === 'use') {
    stage.ok(probe.endpoint.dockerHost);
    return probe.endpoint;
  }
  if (decision === 'explain') throw adviseDocker(facts, probe.endpoint.dockerHost);
  const onWait = (/** @type {string} */ pid) =>
    stage.step(`waiting for another set-up (process ${pid})`);
  const endpoint = await withLock(machineLock(facts.host), onWait, () => provide(env, stage));
  stage.ok(`${endpoint.dockerHost}, left running as the Docker of this machine`);
  return endpoint;
}
