import type { Request } from 'express';
import { githubError } from './refusal.ts';

const VERSIONS = ['2022-11-28', '2026-03-10'] as const;
const DEFAULT_VERSION = VERSIONS[0];

const GITHUB =
  /^application\/vnd\.github(?:\.(v3|[a-z-]+-preview|raw|object|html|text|full|diff|patch|sha))*(\+json)?$/;
const JSON_TYPES = ['*/*', 'application/*', 'application/json', 'application/octet-stream'];

const typesOf = (request: Request): readonly string[] =>
  (request.headers.accept ?? '*/*')
    .split(',')
    .map((type) => type.split(';', 1)[0]?.trim().toLowerCase() ?? '')
    .filter((type) => type !== '');

/** The form that a client asks for, such as `raw` or `object`; null for plain JSON. */
export function mediaForm(request: Request): string | null {
  const forms = typesOf(request).map(
    (type) =>
      /^application\/vnd\.github\.(?:v3\.)?(raw|object|html|sha|diff|patch)(?:\+json)?$/.exec(
        type,
      )?.[1],
  );
  return forms.find((form) => form !== undefined) ?? null;
}

/** Refuses what GitHub cannot write (415). The value of `X-GitHub-Media-Type`. */
export function negotiate(request: Request): string {
  const types = typesOf(request);
  if (!types.some((type) => JSON_TYPES.includes(type) || GITHUB.test(type))) {
    throw githubError(
      415,
      `Unsupported 'Accept' header: ${JSON.stringify(types)}. Must accept 'application/json'.`,
    );
  }
  const form = mediaForm(request);
  return form === null ? 'github.v3; format=json' : `github.v3; param=${form}; format=json`;
}

/** The API version that a request names; refuses one that GitHub does not have (400). */
export function versionOf(request: Request): string {
  const asked = request.get('x-github-api-version');
  if (asked === undefined) return DEFAULT_VERSION;
  if (VERSIONS.some((version) => version === asked)) return asked;
  throw githubError(
    400,
    `"${asked}" is not a valid API version. Supported versions: ${VERSIONS.join(', ')}.`,
    { documentation: 'https://docs.github.com/rest/about-the-rest-api/api-versions' },
  );
}
