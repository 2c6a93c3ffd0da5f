import { wireTime } from '../dependencies.ts';
import type { Account } from '../state/accounts.ts';
import { organizationJson, userJson } from './identity.ts';

/** Accounts are made up and have no history: all of them are as old as this. */
const BORN = wireTime(Date.UTC(2024, 0, 1));

/** A user as `/users/{username}` shows them. */
export const fullUserJson = ({ login }: Account, url: string, type: Account['type']) => ({
  ...userJson(login, url, type),
  name: login,
  company: null,
  blog: null,
  location: null,
  email: null,
  hireable: null,
  bio: null,
  public_repos: 0,
  public_gists: 0,
  followers: 0,
  following: 0,
  created_at: BORN,
  updated_at: BORN,
});

/** An organisation as `/orgs/{org}` shows it. */
export const fullOrganizationJson = ({ login }: Account, url: string) => ({
  ...organizationJson(login, url),
  name: login,
  has_organization_projects: false,
  has_repository_projects: false,
  public_repos: 0,
  public_gists: 0,
  followers: 0,
  following: 0,
  html_url: `${url}/${login}`,
  type: 'Organization',
  created_at: BORN,
  updated_at: BORN,
  archived_at: null,
});
