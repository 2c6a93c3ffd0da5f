/** An answer that is an error, thrown by a route and written by the error handler. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`refused with ${status}`);
    this.name = 'Refusal';
    this.status = status;
    this.body = body;
  }
}

const DOCUMENTATION = 'https://docs.github.com/rest';

/** GitHub's REST error body. */
export const githubError = (
  status: number,
  message: string,
  errors?: readonly unknown[],
): Refusal =>
  new Refusal(status, {
    message,
    ...(errors === undefined ? {} : { errors }),
    documentation_url: DOCUMENTATION,
    status: String(status),
  });

export const notFound = (): Refusal => githubError(404, 'Not Found');

export const missingField = (resource: string, field: string): Refusal =>
  githubError(422, 'Validation Failed', [{ resource, field, code: 'missing_field' }]);

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
