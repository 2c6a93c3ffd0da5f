import type { Request } from 'express';
import type { z } from 'zod';
import { githubError, type Refusal } from './refusal.ts';

/** One path parameter. */
export function param(request: Request, name: string): string {
  const value: unknown = request.params[name];
  return Array.isArray(value) ? value.join('/') : String(value ?? '');
}

/** One query parameter; the first one when it is repeated. */
export function query(request: Request, name: string): string | undefined {
  const value: unknown = request.query[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : undefined;
}

/** The credential of `Authorization`: bearer, token, or the password of basic authentication. */
export function credentialOf(request: {
  headers: { authorization?: string | undefined };
}): string | null {
  const [scheme, value] = (request.headers.authorization ?? '').split(' ', 2);
  if (scheme === undefined || value === undefined) return null;
  if (/^(bearer|token)$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return null;
  const text = Buffer.from(value, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

/** The body in the given shape; a body of another shape is refused in GitHub's words (422). */
export function bodyOf<Shape extends z.ZodType>(
  request: Request,
  shape: Shape,
  refuse: (detail: string) => Refusal = (detail) =>
    githubError(422, `Invalid request.\n\n${detail}`),
): z.infer<Shape> {
  const body: unknown = request.body ?? {};
  if (typeof body !== 'object' || body === null) {
    throw githubError(400, 'Body should be a JSON object');
  }
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  throw refuse(complaintOf(parsed.error.issues, body));
}

function complaintOf(issues: readonly z.core.$ZodIssue[], body: object): string {
  const isMissing = ({ path, code }: z.core.$ZodIssue): boolean =>
    path.length === 1 && code === 'invalid_type' && valueAt(body, path) === undefined;
  const missing = issues.filter(isMissing).map(({ path }) => `"${String(path[0])}"`);
  const wrong = issues
    .filter((issue) => !isMissing(issue))
    .map((issue) => {
      const where =
        issue.path.length === 0 ? 'links/0/schema' : `properties/${issue.path.join('/')}`;
      return `For '${where}', ${JSON.stringify(valueAt(body, issue.path)) ?? 'nil'}: ${issue.message}.`;
    });
  const absent =
    missing.length === 0
      ? []
      : [`${missing.join(', ')} ${missing.length === 1 ? "wasn't" : "weren't"} supplied.`];
  return [...absent, ...wrong].join('\n');
}

const valueAt = (body: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    body,
  );
