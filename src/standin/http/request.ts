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

/** The body in the given shape; a body of another shape is refused as GitHub does. */
export function bodyOf<Shape extends z.ZodType>(
  request: Request,
  shape: Shape,
  refuse: (detail: string) => Refusal = (detail) =>
    githubError(422, `Invalid request.\n\n${detail}`),
): z.infer<Shape> {
  const parsed = shape.safeParse(request.body ?? {});
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw refuse(issues.join('\n'));
}
