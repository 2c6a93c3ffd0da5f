/** The release of the official runner whose behaviour the stand-in is written against. */
const VERSION = '2.336.0';

const PLATFORMS = [
  ['osx', 'x64', 'tar.gz'],
  ['osx', 'arm64', 'tar.gz'],
  ['linux', 'x64', 'tar.gz'],
  ['linux', 'arm', 'tar.gz'],
  ['linux', 'arm64', 'tar.gz'],
  ['win', 'x64', 'zip'],
  ['win', 'arm64', 'zip'],
] as const;

/** Where the official runner is found, which is not here. */
export const RUNNER_PACKAGES = PLATFORMS.map(([os, architecture, type]) => {
  const filename = `actions-runner-${os}-${architecture}-${VERSION}.${type}`;
  const releases = 'https://github.com/actions/runner/releases/download';
  return { os, architecture, download_url: `${releases}/v${VERSION}/${filename}`, filename };
});
