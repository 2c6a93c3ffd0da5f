import { expect } from 'vitest';
import type { Operation } from '../../../src/standin/rest/operation.ts';
import { type Answer, Fixture, TOKEN } from './fixture.ts';
import { operationAt } from './schema/description.ts';

/** Requests to the REST API that note which operations have answered. */
export class ApiCalls {
  readonly github: Fixture;
  readonly #succeeded = new Set<string>();

  constructor(github: Fixture) {
    this.github = github;
  }

  static async start(): Promise<ApiCalls> {
    return new ApiCalls(await Fixture.start());
  }

  /** Asks; the fixture holds the answer against GitHub's description of it. */
  ask = async (
    expected: number,
    method: string,
    path: string,
    body?: object,
    token = TOKEN,
  ): Promise<Answer> => {
    const answer = await this.github.request(method, path, body, token, {}, 'manual');
    expect([method, path, answer.status, answer.body]).toMatchObject([method, path, expected, {}]);
    const described = operationAt(method, path.split('?', 1)[0] ?? '');
    if (answer.status < 400 && described !== undefined) {
      this.#succeeded.add(described.operation.operationId);
    }
    return answer;
  };

  /** Those of the operations that nobody has asked for with success. */
  missing = (operations: readonly Operation[]): readonly string[] =>
    operations.map(({ id }) => id).filter((id) => !this.#succeeded.has(id));
}
