import { describe, expect, it } from 'vitest';
import { needsNewLists } from './apt.mjs';
import { decideDependencies, dependencyStamp, npmErrors } from './dependencies.mjs';
import { adviseDocker, isInDockerGroup, startAdvice } from './docker-advice.mjs';
import { decideEngine } from './docker-engine.mjs';
import { tellingLines } from './dockerd-log.mjs';
import { DEFAULT_IMAGE, RECIPE_LABEL } from './image-recipe.mjs';
import { decideImage, isUnreachable } from './job-image.mjs';

/** @type {import('./host.mjs').Host} */
const debianRoot = { platform: 'linux', root: true, apt: true, debian: true, codename: 'bookworm' };
const facts = {
  answer: /** @type {const} */ ('absent'),
  hostGiven: false,
  dockerd: false,
  host: debianRoot,
};

describe('npm dependencies', () => {
  const stamp = dependencyStamp('lock', '20.11.0');

  it.each([
    ['ok', { lockFile: 'lock', stamp, nodeVersion: '20.99.1' }],
    ['install', { lockFile: 'lock', stamp: undefined, nodeVersion: '20.11.0' }],
    ['install', { lockFile: 'changed', stamp, nodeVersion: '20.11.0' }],
    ['install', { lockFile: 'lock', stamp, nodeVersion: '22.0.0' }],
    ['no-lock-file', { lockFile: undefined, stamp, nodeVersion: '20.11.0' }],
  ])('decides %s', (decision, given) => expect(decideDependencies(given)).toBe(decision));

  it('shows what npm complains about, not its help text', () => {
    expect(npmErrors('npm failed\nnpm error\nnpm error code EUSAGE\n')).toBe(
      'npm error code EUSAGE',
    );
    expect(npmErrors('npm could not be started: ENOENT')).toBe('npm could not be started: ENOENT');
  });
});

describe('Docker Engine', () => {
  it.each(
    /** @type {const} */ ([
      ['use', { answer: 'running' }],
      ['use', { answer: 'running', host: { ...debianRoot, root: false } }],
      ['install', {}],
      ['start', { dockerd: true }],
      [
        'start',
        { dockerd: true, answer: 'refused', host: { ...debianRoot, apt: false, debian: false } },
      ],
      ['explain', { hostGiven: true }],
      ['explain', { host: { ...debianRoot, apt: false } }],
      ['explain', { host: { ...debianRoot, root: false } }],
      ['explain', { host: { ...debianRoot, platform: 'darwin' } }],
      ['explain', { answer: 'denied' }],
    ]),
  )('decides %s for %j', (decision, given) => {
    expect(decideEngine({ ...facts, ...given })).toBe(decision);
  });

  it('knows the members of the group docker', () => {
    const groups = 'root:x:0:\ndocker:x:999:ann,bob\n';
    expect(isInDockerGroup(groups, 'bob')).toBe(true);
    expect(isInDockerGroup(groups, 'bo')).toBe(false);
    expect(isInDockerGroup('root:x:0:\n', 'bob')).toBe(false);
  });

  it('names the socket and the group when permission is missing', () => {
    const error = adviseDocker({ ...facts, answer: 'denied' }, 'unix:///var/run/docker.sock');
    expect(error.message).toBe(
      'no permission to use the Docker Engine at unix:///var/run/docker.sock',
    );
    expect(error.advice).toContain('newgrp docker');
  });

  it('shows the lines of the log that say what went wrong', () => {
    const log = 'time=1 level=info msg=a\ntime=2 level=warning msg=b\nunable to configure\n';
    expect(tellingLines(log)).toBe('time=2 level=warning msg=b\nunable to configure');
    expect(tellingLines('time=1 level=info msg=a\n')).toBe('time=1 level=info msg=a');
  });

  it('gives commands for the system at hand', () => {
    const mac = startAdvice({ dockerd: false, host: { ...debianRoot, platform: 'darwin' } });
    expect(mac[0]).toContain('brew install');
    expect(startAdvice({ dockerd: false, host: debianRoot })[0]).toContain('apt-get install');
    expect(startAdvice({ dockerd: true, host: debianRoot })[0]).toContain('systemctl');
  });
});

describe('job image', () => {
  const current = { id: 'sha256:1', labels: { [RECIPE_LABEL]: 'abc' } };

  it('builds the default image when it is missing or from another recipe', () => {
    expect(decideImage(DEFAULT_IMAGE, undefined, 'abc')).toBe('build');
    expect(decideImage(DEFAULT_IMAGE, current, 'changed')).toBe('build');
    expect(decideImage(DEFAULT_IMAGE, { id: 'sha256:1', labels: {} }, 'abc')).toBe('build');
    expect(decideImage(DEFAULT_IMAGE, current, 'abc')).toBe('ok');
  });

  it('pulls another image only when it is missing', () => {
    expect(decideImage('example/own:1', undefined, 'abc')).toBe('pull');
    expect(decideImage('example/own:1', { id: 'sha256:1', labels: {} }, 'abc')).toBe('ok');
  });

  it.each([
    [true, 'Get "http://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused'],
    [true, 'Get "https://r.example/v2/": dial tcp: lookup r.example: no such host'],
    [true, 'Get "https://r.example/v2/": net/http: TLS handshake timeout'],
    [true, 'received unexpected HTTP status: 503 Service Unavailable'],
    [false, 'manifest unknown'],
    [false, 'pull access denied for example/own, repository does not exist'],
    [false, 'invalid reference format'],
  ])('unreachable is %s for: %s', (expected, message) => {
    expect(isUnreachable(message)).toBe(expected);
  });
});

describe('apt', () => {
  it('fetches lists only for failures that newer lists may mend', () => {
    expect(needsNewLists('E: Unable to locate package docker.io')).toBe(true);
    expect(needsNewLists("E: Package 'x' has no installation candidate")).toBe(true);
    expect(needsNewLists('E: Failed to fetch x  404  Not Found')).toBe(true);
    expect(needsNewLists('dpkg: error processing package docker.io (--configure)')).toBe(false);
  });
});
