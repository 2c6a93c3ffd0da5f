/** An answer that is an error, thrown by a route and written by the error handler. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`refused with ${status}`);
    this.name = 'Refusal';
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

const DOCUMENTATION = 'https://docs.github.com/rest';

interface ErrorDetails {
  readonly errors?: readonly unknown[];
  readonly documentation?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** GitHub's REST error body. */
export const githubError = (
  status: number,
  message: string,
  { errors, documentation = DOCUMENTATION, headers = {} }: ErrorDetails = {},
): Refusal =>
  new Refusal(
    status,
    {
      message,
      ...(errors === undefined ? {} : { errors }),
      documentation_url: documentation,
      status: String(status),
    },
    headers,
  );

export const notFound = (): Refusal => githubError(404, 'Not Found');

/** What an installation or a job may not do. */
export const notForIntegrations = (): Refusal =>
  githubError(403, 'Resource not accessible by integration');

type FieldCode = 'missing_field' | 'invalid' | 'already_exists' | 'missing' | 'custom';

/** GitHub's 422 for one member of a body. */
export const invalidField = (
  resource: string,
  field: string,
  code: FieldCode = 'invalid',
  message?: string,
): Refusal =>
  githubError(422, 'Validation Failed', {
    errors: [{ resource, field, code, ...(message === undefined ? {} : { message }) }],
  });

export const missingField = (resource: string, field: string): Refusal =>
  invalidField(resource, field, 'missing_field');

/** Body of the run service's errors, which clients read instead of the status (protocol C.1). */
export const runServiceError = (statusCode: number, errorMessage: string): Refusal =>
  new Refusal(statusCode, { source: 'actions-run-service', statusCode, errorMessage });

/** Body of the broker's errors (protocol B.2). */
export const brokerError = (statusCode: number, errorKind: string, errorMessage: string): Refusal =>
  new Refusal(statusCode, {
    source: 'actions-broker-listener',
    errorKind,
    statusCode,
    errorMessage,
  });

/** Body of the results service's errors (protocol E.1). */
export const twirpError = (status: number, code: string, msg: string): Refusal =>
  new Refusal(status, { code, msg });
