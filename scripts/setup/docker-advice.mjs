import { readFileSync } from 'node:fs';
import os from 'node:os';
import { SetUpError } from './set-up-error.mjs';

const AGAIN = 'Then run the set-up again.';

/**
 * @param {string} groupFile the content of /etc/group
 * @param {string} user
 * @returns {boolean}
 */
export function isInDockerGroup(groupFile, user) {
  const line = groupFile.split('\n').find((entry) => entry.startsWith('docker:')) ?? '';
  return (line.split(':')[3] ?? '').split(',').includes(user);
}

/** @returns {string[]} */
function permissionAdvice() {
  const user = os.userInfo().username;
  let groups = '';
  try {
    groups = readFileSync('/etc/group', 'utf8');
  } catch {
    // Without the file the general advice below is right.
  }
  if (isInDockerGroup(groups, user)) {
    return [
      `${user} is in the group docker, but this session began before that.`,
      'newgrp docker',
      `(or log out and in again.) ${AGAIN}`,
    ];
  }
  return [`sudo usermod -aG docker ${user}`, 'newgrp docker', AGAIN];
}

/**
 * @param {{ dockerd: boolean, host: import('./host.mjs').Host }} facts
 * @returns {string[]}
 */
export function startAdvice({ dockerd, host }) {
  if (host.platform === 'darwin') {
    return ['brew install colima docker && colima start', `(or start Docker Desktop.) ${AGAIN}`];
  }
  if (host.platform !== 'linux') return ['Install and start Docker Desktop.', AGAIN];
  if (dockerd) return ['sudo systemctl enable --now docker', AGAIN];
  if (host.apt)
    return [
      'sudo apt-get install docker.io',
      'sudo usermod -aG docker "$USER" && newgrp docker',
      AGAIN,
    ];
  return [
    'Install Docker Engine with the package manager of this system, for example:',
    'sudo dnf install moby-engine   (Fedora)',
    'sudo pacman -S docker          (Arch)',
    'sudo systemctl enable --now docker',
    AGAIN,
  ];
}

/**
 * What to tell somebody whose Docker this program cannot provide.
 * @param {import('./docker-advice.mjs').DockerFacts} facts
 * @param {string} dockerHost
 * @returns {SetUpError}
 */
export function adviseDocker(facts, dockerHost) {
  if (facts.answer === 'denied') {
    return new SetUpError(
      `no permission to use the Docker Engine at ${dockerHost}`,
      permissionAdvice(),
    );
  }
  if (facts.answer === 'silent') {
    return new SetUpError(`the Docker Engine at ${dockerHost} does not answer`, [
      'Restart it, for example with: sudo systemctl restart docker',
      AGAIN,
    ]);
  }
  if (facts.hostGiven) {
    return new SetUpError(`no Docker Engine listens at ${dockerHost} (from DOCKER_HOST)`, [
      'Start it there, or unset DOCKER_HOST to use the Docker of this machine.',
    ]);
  }
  return new SetUpError('Docker Engine is not running on this machine', startAdvice(facts));
}

/**
 * @typedef {object} DockerFacts
 * @property {import('./engine-probe.mjs').Answer} answer
 * @property {boolean} hostGiven
 * @property {boolean} dockerd
 * @property {import('./host.mjs').Host} host
 */
