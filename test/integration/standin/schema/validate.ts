import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Description } from './description.ts';
import { operationAt } from './description.ts';

type Schema = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

/**
 * A schema of OpenAPI 3.0 as JSON Schema: `nullable` becomes a type of its own, and references point
 * into `$defs`. Notes every reference in `found`.
 */
function translate(value: unknown, found: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((each) => translate(each, found));
  if (!isObject(value)) return value;
  if (typeof value['$ref'] === 'string') {
    const name = value['$ref'].split('/').at(-1) ?? '';
    found.add(name);
    return { $ref: `#/$defs/${name}` };
  }
  const { nullable, example: _example, examples: _examples, ...rest } = mended(value);
  const made = Object.fromEntries(
    Object.entries(rest).map(([key, each]) => [key, translate(each, found)]),
  );
  return nullable === true ? { anyOf: [{ type: 'null' }, made] } : made;
}

/**
 * GitHub's description says that the account of an installation is a user and an enterprise at once,
 * which not even its own example is. It is one of the two.
 */
function mended(schema: Schema): Schema {
  const { allOf, ...rest } = schema;
  const titles = Array.isArray(allOf) ? allOf.map((each: Schema) => each['title']).join() : '';
  return titles === 'Simple User,Enterprise' ? { ...rest, anyOf: allOf } : schema;
}

/** A schema with all that it refers to. */
function complete(schema: unknown, { components }: Description): object {
  const found = new Set<string>();
  const root = translate(schema, found);
  const definitions: Record<string, unknown> = {};
  for (const name of found) definitions[name] = translate(components['schemas']?.[name], found);
  return { ...(isObject(root) ? root : {}), $defs: definitions };
}

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
// The plugin's types are those of CommonJS; what node imports is the function itself.
(addFormats as unknown as (instance: Ajv) => void)(ajv);
// GitHub's own links have templates in them.
ajv.addFormat('uri', true);
ajv.addFormat('int64', true);

const validators = new Map<string, ValidateFunction>();

function validatorFor(key: string, schema: () => object): ValidateFunction {
  const known = validators.get(key);
  if (known !== undefined) return known;
  const made = ajv.compile(schema());
  validators.set(key, made);
  return made;
}

function contentOf(description: Description, response: unknown): Schema | null {
  if (!isObject(response)) return null;
  const reference = response['$ref'];
  const resolved =
    typeof reference === 'string'
      ? description.components['responses']?.[reference.split('/').at(-1) ?? '']
      : response;
  const content = isObject(resolved) ? resolved['content'] : undefined;
  return isObject(content) ? content : {};
}

const BASIC_ERROR = {
  type: 'object',
  required: ['message', 'documentation_url', 'status'],
  properties: {
    message: { type: 'string' },
    documentation_url: { type: 'string' },
    status: { type: 'string' },
  },
};

export interface Exchange {
  readonly method: string;
  /** Without host, query and `/api/v3`. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly body: unknown;
}

/** What GitHub's description has against an answer; nothing where it fits. */
export function complaintsAbout(exchange: Exchange): readonly string[] {
  const { method, path, status } = exchange;
  const described = operationAt(method, path);
  const refusals = status >= 400 ? check('basic-error', () => BASIC_ERROR, exchange) : [];
  if (described === undefined) {
    return status < 400 ? [`${method} ${path} is no operation of GitHub`] : refusals;
  }
  const { description, operation } = described;
  const response = operation.responses[String(status)];
  if (response === undefined) {
    const isUsual = status >= 400 || status === 304;
    return isUsual ? refusals : [`${operation.operationId} never answers ${status}`];
  }
  const content = contentOf(description, response);
  const json = content?.['application/json'];
  if (!isObject(json) || !exchange.contentType.includes('json') || isRaw(exchange)) return refusals;
  const key = `${operation.operationId} ${status}`;
  return [...refusals, ...check(key, () => complete(json['schema'], description), exchange)];
}

/** File content in a media type that says so is not described by a schema. */
const isRaw = ({ contentType }: Exchange): boolean => contentType.includes('vnd.github');

function check(key: string, schema: () => object, { body }: Exchange): readonly string[] {
  const validate = validatorFor(key, schema);
  if (validate(body)) return [];
  return (validate.errors ?? [])
    .filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'oneOf')
    .map((error) => `${key}: ${error.instancePath} ${error.message}`);
}
