import { readFileSync } from 'node:fs';
import { type AppCredentials, createAppCredentials } from '../adapters/github/app-credentials.ts';
import { type Credentials, tokenCredentials } from '../adapters/github/credentials.ts';
import { createGitHub } from '../adapters/github/github.ts';
import { createListing } from '../adapters/github/listing.ts';
import { createRestClient } from '../adapters/github/rest-client.ts';
import type { Config } from '../contract/config.ts';
import { shareLeft } from '../domain/api-budget.ts';
import { AppError, messageOf } from '../domain/errors.ts';
import { Secret } from '../domain/secret.ts';
import type { Clock } from '../ports/clock.ts';
import type { GitHub } from '../ports/github.ts';
import type { GitHubListing } from '../ports/github-listing.ts';

const USER_AGENT = 'RunnerHub';

/** GitHub's REST API as the configuration says who we are there; nothing is contacted yet. */
export interface GitHubAccess {
  readonly github: GitHub;
  readonly listing: GitHubListing;
  /** Share of the API budget that is left to the credential that has least, 0 to 1. */
  budgetLeft(): number;
}

/** Throws `bad-request` where GitHub is not configured. */
export function openGitHub(config: Config, clock: Clock): GitHubAccess {
  const { apiUrl } = config.github;
  if (apiUrl === undefined) throw notConfigured();
  const app = appOf(config, apiUrl, clock);
  const credentials = app ?? tokenOf(config);
  const rest = createRestClient({ apiUrl, credentials, userAgent: USER_AGENT, clock });
  return {
    github: createGitHub(rest),
    listing: createListing({ rest, app }),
    budgetLeft: () => {
      const shares = [...rest.budgets().values()].map((budget) => shareLeft(budget, clock.now()));
      return Math.min(1, ...shares);
    },
  };
}

export const isGitHubConfigured = ({ github }: Config): boolean =>
  github.apiUrl !== undefined && (github.token !== undefined || github.app !== undefined);

function tokenOf({ github }: Config): Credentials {
  if (github.token === undefined) throw notConfigured();
  return tokenCredentials(new Secret(github.token));
}

function appOf({ github }: Config, apiUrl: string, clock: Clock): AppCredentials | undefined {
  if (github.app === undefined) return undefined;
  const { id: appId, privateKeyFile } = github.app;
  const privateKey = readKey(privateKeyFile);
  return createAppCredentials({ apiUrl, appId, privateKey, userAgent: USER_AGENT, clock });
}

function readKey(file: string): Secret {
  try {
    return new Secret(readFileSync(file, 'utf8'));
  } catch (error) {
    const detail = `The private key of the GitHub App cannot be read: ${messageOf(error)}`;
    throw new AppError('bad-request', detail);
  }
}

const notConfigured = (): AppError =>
  new AppError(
    'bad-request',
    'GitHub is not configured: set RUNNERHUB_GITHUB_API_URL and RUNNERHUB_GITHUB_TOKEN or the App, or try `runnerhub demo`.',
  );
