import { createRequire } from 'node:module';

/** GitHub's own description of its REST API (npm `@octokit/openapi`), as far as tests read it. */
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface DescribedOperation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
}

const load = createRequire(import.meta.url);

/** api.github.com first; what it lacks is of the Enterprise Cloud, which is at the same address. */
const FILES = ['api.github.com.json', 'ghec.json'];

let loaded: readonly Description[] | undefined;

const descriptions = (): readonly Description[] =>
  (loaded ??= FILES.map((file) => load(`@octokit/openapi/generated/${file}`) as Description));

export interface Described {
  readonly description: Description;
  readonly method: string;
  readonly path: string;
  readonly operation: DescribedOperation;
}

let known: ReadonlyMap<string, Described> | undefined;

/** Every operation that GitHub describes, by its `operationId`. */
export function describedOperations(): ReadonlyMap<string, Described> {
  known ??= new Map(
    descriptions()
      .toReversed()
      .flatMap((description) =>
        Object.entries(description.paths).flatMap(([path, methods]) =>
          Object.entries(methods).map(([method, operation]) => {
            const described = { description, method: method.toUpperCase(), path, operation };
            return [operation.operationId, described] as const;
          }),
        ),
      ),
  );
  return known;
}

/** Parameters that may hold slashes. */
const LONG = /^\{(?:ref|path|branch|basehead)\}$/;

function matcherOf(path: string): RegExp {
  const parts = path.split('/').map((part) => {
    if (LONG.test(part)) return '.+';
    return part.replaceAll(/\{\w+\}|[^{}]+/g, (piece) =>
      piece.startsWith('{') ? '[^/]+' : piece.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&'),
    );
  });
  return new RegExp(`^${parts.join('/')}$`, 'i');
}

let matchers: readonly (readonly [RegExp, Described])[] | undefined;

/** The operation that a request means; paths with the fewest parameters win. */
export function operationAt(method: string, path: string): Described | undefined {
  matchers ??= [...describedOperations().values()]
    .toSorted((a, b) => weight(a.path) - weight(b.path))
    .map((described) => [matcherOf(described.path), described] as const);
  return matchers.find(
    ([matcher, described]) => described.method === method && matcher.test(path),
  )?.[1];
}

/** Fewer parameters first, and of these the longer path. */
const weight = (path: string): number =>
  1000 * (path.match(/\{/g) ?? []).length +
  (/\{(?:ref|path|branch|basehead)\}$/.test(path) ? 500 : 0) -
  path.length;
