import type { Request } from 'express';
import { pageOf } from '../http/pagination.ts';
import type { Caller } from './callers/caller.ts';
import type { RestWorld } from './world.ts';

/**
 * Who may ask for an operation:
 * - `anyone`: with or without a token;
 * - `user`: holders of a user's token only, no installation and no job;
 * - `app`: an App, by its JSON web token;
 * - `installation`: any installation, about itself;
 * - otherwise the permission that an installation or a job needs, written as in GitHub's header
 *   `X-Accepted-GitHub-Permissions`: `name=level`, alternatives with `;`.
 */
export type Access = 'anyone' | 'user' | 'app' | 'installation' | `${string}=${'read' | 'write'}`;

/** One thing that the REST API does, as GitHub's OpenAPI description names it. */
export interface Operation {
  /** GitHub's `operationId`. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As the description writes it: `/repos/{owner}/{repo}`. */
  readonly path: string;
  readonly access: Access;
  /** Makes something that people are notified of; GitHub limits these by the minute. */
  readonly createsContent?: boolean;
  readonly answer: (call: Call) => Answer | Promise<Answer>;
}

/** A request to an operation that its caller may make. */
export interface Call {
  readonly world: RestWorld;
  readonly request: Request;
  readonly caller: Caller;
  /** The address by which the client came, without a slash at the end. */
  readonly url: string;
}

/** What to send. Without a body nothing is sent but the head; a buffer is sent as it is. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
/** GitHub begins; an empty object tells the client no more. */
export const accepted = (): Answer => ({ status: 202, body: {} });
export const noContent = (): Answer => ({ status: 204 });
export const redirect = (location: string): Answer => ({
  status: 302,
  headers: { Location: location },
});

/** One page of a list: `{ total_count, [member]: [...] }`. */
export function listed<Item>(
  call: Call,
  member: string,
  items: readonly Item[],
  present: (item: Item) => unknown,
  more: Readonly<Record<string, unknown>> = {},
): Answer {
  const { page, headers } = pageOf(call.request, items, call.url);
  return {
    status: 200,
    body: { total_count: items.length, ...more, [member]: page.map((item) => present(item)) },
    headers,
  };
}

/** One page of a list that is a bare array. */
export function array<Item>(
  call: Call,
  items: readonly Item[],
  present: (item: Item) => unknown,
): Answer {
  const { page, headers } = pageOf(call.request, items, call.url);
  return { status: 200, body: page.map((item) => present(item)), headers };
}
