import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { tellingLines } from './dockerd-log.mjs';
import { ping, SYSTEM_SOCKET } from './engine-probe.mjs';
import { findProgram, systemPath } from './host.mjs';
import { readProcess } from './process-info.mjs';
import { runCommand } from './run-command.mjs';
import { SetUpError } from './set-up-error.mjs';

/** @typedef {import('./engine-api.mjs').Endpoint} Endpoint */

const LOG = '/var/log/dockerd.log';
const DEADLINE_MS = 60_000;
const POLL_MS = 100;
const PID_FILES = {
  dockerd: '/var/run/docker.pid',
  containerd: '/var/run/docker/containerd/containerd.pid',
};
const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';

/** @type {Endpoint} */
const ENDPOINT = {
  dockerHost: `unix://${SYSTEM_SOCKET}`,
  tls: false,
  connect: { socketPath: SYSTEM_SOCKET },
};

/** @param {string} file @returns {string} */
function read(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

/**
 * Removes a pid file whose process is gone (a zombie counts as gone), or another program by now:
 * dockerd would take that one for itself and refuse to start.
 * @param {string} program
 * @param {string} pidFile
 * @returns {boolean} whether the program is running
 */
export function clearStalePid(program, pidFile) {
  const pid = read(pidFile);
  if (/^\d+$/.test(pid) && readProcess(Number(pid))?.name === program) return true;
  rmSync(pidFile, { force: true });
  return false;
}

/** @param {string} socketPath @returns {Promise<boolean>} */
function isListening(socketPath) {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function removeStaleFiles() {
  clearStalePid('containerd', PID_FILES.containerd);
  // dockerd uses a containerd whose socket exists, also if nobody listens.
  if (existsSync(CONTAINERD_SOCKET) && !(await isListening(CONTAINERD_SOCKET))) {
    rmSync(CONTAINERD_SOCKET, { force: true });
  }
}

/** Starts dockerd so that it outlives this program. */
function spawnDockerd() {
  const log = openSync(LOG, 'a', 0o640);
  const env = { ...process.env, PATH: systemPath(), DOCKER_HOST: undefined };
  const child = spawn(findProgram('dockerd') ?? 'dockerd', [], {
    cwd: '/',
    detached: true,
    env,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  return child;
}

/**
 * @param {() => boolean} ended
 * @returns {Promise<boolean>} whether the engine answers
 */
async function waitForEngine(ended) {
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline) {
    if ((await ping(ENDPOINT)) === 'running') return true;
    if (ended()) return false;
    await sleep(POLL_MS);
  }
  return false;
}

/**
 * @param {string} cause
 * @param {number} before how long the log was before this attempt
 * @returns {SetUpError}
 */
function startError(cause, before) {
  const log = tellingLines(read(LOG).slice(before));
  return new SetUpError(`${cause}; the end of ${LOG}:\n${log}`, [
    'Put right what the log names, then run the set-up again.',
  ]);
}

/** @param {import('./progress.mjs').Stage} stage */
async function startWithoutServiceManager(stage) {
  if (clearStalePid('dockerd', PID_FILES.dockerd)) {
    stage.step('waiting for the running dockerd to answer');
    if (await waitForEngine(() => false)) return;
    throw startError('dockerd is running but does not answer', 0);
  }
  await removeStaleFiles();
  stage.step(`starting dockerd, log in ${LOG}`);
  const before = read(LOG).length;
  const child = spawnDockerd();
  let outcome = '';
  child.on('error', (error) => (outcome = `could not be started: ${error.message}`));
  child.on('exit', (code) => (outcome = `ended with exit status ${code}`));
  if (await waitForEngine(() => outcome !== '')) return;
  if (outcome) throw startError(`dockerd ${outcome}`, before);
  child.kill('SIGTERM');
  throw startError(`dockerd did not answer within ${DEADLINE_MS / 1000} s`, before);
}

/**
 * @param {import('./progress.mjs').Stage} stage
 * @returns {Promise<Endpoint>}
 */
export async function startDockerd(stage) {
  const systemd =
    existsSync('/run/systemd/system') && existsSync('/lib/systemd/system/docker.service');
  if (!systemd) await startWithoutServiceManager(stage);
  else {
    stage.step('starting Docker (systemctl enable --now docker)');
    await runCommand('systemctl', ['enable', '--now', 'docker']);
    if (!(await waitForEngine(() => false))) {
      throw new SetUpError('Docker does not answer', [
        'systemctl status docker',
        'journalctl -u docker',
      ]);
    }
  }
  return ENDPOINT;
}
