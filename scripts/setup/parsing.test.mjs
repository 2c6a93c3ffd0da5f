import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.mjs';
import {
  debianSources,
  downloadSettings,
  parseIndexTargets,
  resolveMirror,
} from './debian-mirror.mjs';
import { parseDockerHost } from './engine-api.mjs';
import { classifyFailure, mostTelling, socketCandidates } from './engine-probe.mjs';
import { parseOsRelease } from './host.mjs';
import { splitImageName } from './image-engine.mjs';
import { parsePackages, readRecipe, recipeHash } from './image-recipe.mjs';
import { parseProcessStat } from './process-info.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

describe('arguments', () => {
  it('keeps the order of the stages', () => {
    expect(parseArguments(['--only', 'image,docker', '--quiet'])).toEqual({
      stages: ['docker', 'image'],
      quiet: true,
      help: false,
    });
    expect(parseArguments([]).stages).toEqual(['dependencies', 'docker', 'image']);
  });

  it.each([[['--only', 'x']], [['--only']], [['--only=']], [['x']]])('refuses %j', (argv) => {
    expect(() => parseArguments(argv)).toThrow();
  });
});

describe('apt sources', () => {
  const text = [
    'http://mirror.example/debian/|bookworm|main|Debian',
    'http://mirror.example/debian/|bookworm|main|Debian',
    'http://mirror.example/debian/|bookworm-updates|main|Debian',
    'http://mirror.example/debian/|bookworm-backports|main|Debian',
    'http://mirror.example/debian/|bookworm|contrib|Debian',
    'http://mirror.example/security/|bookworm-security|main|Debian',
    'http://other.example/apt/|bookworm|main|Other',
    '',
  ].join('\n');
  const urisAndSuites = (/** @type {string[]} */ lines) => lines.map((line) => line.split('] ')[1]);

  it('takes the Debian mirrors only', () => {
    expect(urisAndSuites(debianSources(parseIndexTargets(text), 'bookworm', 'bookworm'))).toEqual([
      'http://mirror.example/debian/ bookworm main',
      'http://mirror.example/debian/ bookworm-updates main',
      'http://mirror.example/security/ bookworm-security main',
    ]);
  });

  it('asks the mirrors of another Debian for the suite of the image', () => {
    const newer = parseIndexTargets(text.replaceAll('bookworm', 'trixie'));
    expect(urisAndSuites(debianSources(newer, 'trixie', 'bookworm'))[2]).toBe(
      'http://mirror.example/security/ bookworm-security main',
    );
  });

  it('reads mirror files', () => {
    const read = () => '# mirrors\nhttp://mirror.example/debian priority:1\n';
    expect(resolveMirror('mirror+file:/etc/apt/mirrors/debian.list/', read)).toBe(
      'http://mirror.example/debian',
    );
    expect(resolveMirror('http://mirror.example/debian/', read)).toBe(
      'http://mirror.example/debian/',
    );
  });

  it('passes on download settings only', () => {
    const dump =
      'APT "";\nAcquire::http::Proxy "http://p.example";\nAcquire::GzipIndexes "true";\nDir "/";\n';
    expect(downloadSettings(dump)).toBe('Acquire::http::Proxy "http://p.example";\n');
  });
});

describe('recipe', () => {
  it('reads packages without comments and duplicates', () => {
    expect(parsePackages('# x\ngit\n\n curl # y\ngit\n')).toEqual(['curl', 'git']);
    expect(() => parsePackages('git --yes')).toThrow('not a Debian package name');
  });

  it('changes its hash with any file', () => {
    const hash = recipeHash([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(
      recipeHash([
        ['a', 'b'],
        ['c', 'd'],
      ]),
    ).toBe(hash);
    expect(
      recipeHash([
        ['a', 'b'],
        ['c', 'e'],
      ]),
    ).not.toBe(hash);
    expect(
      recipeHash([
        ['a', 'bc'],
        ['', 'd'],
      ]),
    ).not.toBe(hash);
  });

  it('has what jobs are promised', () => {
    expect(readRecipe(ROOT).packages).toEqual(
      expect.arrayContaining(['bash', 'ca-certificates', 'curl', 'git', 'python3']),
    );
  });

  // mmdebstrap keeps its apt settings in /tmp; without them its apt-get would
  // remove the package lists of the host.
  it('leaves /tmp to mmdebstrap', () => {
    const script = readFileSync(path.join(ROOT, 'deploy/job-image/configure.sh'), 'utf8');
    expect(script.replace(/^#.*$/gm, '')).not.toMatch(/(^|\s)\/tmp/m);
  });
});

describe('Docker', () => {
  it('parses DOCKER_HOST', () => {
    expect(parseDockerHost('unix:///a b.sock')?.connect).toEqual({ socketPath: '/a b.sock' });
    expect(parseDockerHost('tcp://127.0.0.1')?.connect).toEqual({ host: '127.0.0.1', port: 2375 });
    expect(parseDockerHost('tcp://[::1]:99')?.connect).toEqual({ host: '::1', port: 99 });
    expect(parseDockerHost('ssh://host')).toBeUndefined();
  });

  it('reports the failure that says most', () => {
    const endpoint = { dockerHost: 'unix:///x', tls: false, connect: {} };
    const probes = [
      { endpoint, answer: classifyFailure('ENOENT') },
      { endpoint, answer: classifyFailure('EACCES') },
    ];
    expect(mostTelling(probes).answer).toBe('denied');
    expect(classifyFailure('ECONNREFUSED')).toBe('refused');
    expect(socketCandidates({}, '/home/u')[0]).toBe('/var/run/docker.sock');
  });

  it.each([
    ['a/b', 'a/b', 'latest'],
    ['a/b:1', 'a/b', '1'],
    ['localhost:5000/a', 'localhost:5000/a', 'latest'],
    ['localhost:5000/a:1', 'localhost:5000/a', '1'],
    ['a@sha256:0', 'a', 'sha256:0'],
  ])('splits %s', (name, repository, tag) =>
    expect(splitImageName(name)).toEqual({ repository, tag }),
  );
});

describe('host', () => {
  it('parses os-release', () => {
    const release = parseOsRelease('ID=debian\nVERSION_CODENAME="bookworm"\n# x\n');
    expect(release).toEqual({ ID: 'debian', VERSION_CODENAME: 'bookworm' });
  });

  it('parses process states; a zombie is not a process any more', () => {
    const rest = '1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4242 0';
    expect(parseProcessStat(`7 (a) b) S ${rest}`)).toEqual({ name: 'a) b', started: '4242' });
    expect(parseProcessStat(`7 (dockerd) Z ${rest}`)).toBeUndefined();
  });
});
