import { randomUUID } from 'node:crypto';
import { type ErrorRequestHandler, type Request, type Response, Router, text } from 'express';
import { Refusal } from '../http/refusal.ts';
import { param, query } from '../http/request.ts';
import type { Permission } from '../tokens/signed-paths.ts';
import type { Blobs, BlobType } from './blobs.ts';

/** An error of the blob storage, which has its code in a header and in an XML body. */
const azureError = (status: number, code: string): Refusal => new Refusal(status, { azure: code });

/** Signed URLs of the blob storage (protocol E.3, F.7). Nobody authorizes here but the signature. */
export function blobRoutes(blobs: Blobs): Router {
  const router = Router();
  const blockList = text({ type: () => true, limit: '4mb' });
  router.use('/_blobs', (_request, response, next) => {
    response.setHeader('x-ms-request-id', randomUUID());
    response.setHeader('x-ms-version', '2024-11-04');
    next();
  });
  router.put('/_blobs/*name', (request, response, next) => {
    if (query(request, 'comp') === 'blocklist') blockList(request, response, next);
    else next();
  });
  router.put('/_blobs/*name', async (request, response) => {
    const name = signedName(blobs, request, 'rw');
    const operation = OPERATIONS.get(query(request, 'comp') ?? '');
    if (operation === undefined) throw azureError(400, 'InvalidQueryParameterValue');
    if (blobs.isSealed(name)) throw azureError(409, 'BlobIsSealed');
    await operation(blobs, name, request);
    response.setHeader('ETag', `"${randomUUID()}"`);
    response.setHeader('Last-Modified', new Date().toUTCString());
    response.setHeader('x-ms-request-server-encrypted', 'true');
    response.status(201).end();
  });
  router.get('/_blobs/*name', (request, response) => read(blobs, request, response));
  router.use('/_blobs', azureErrors);
  return router;
}

const azureErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  const body: unknown = error instanceof Refusal ? error.body : null;
  if (!(error instanceof Refusal) || typeof body !== 'object' || body === null) return next(error);
  const code = 'azure' in body ? String(body.azure) : 'InternalError';
  response.setHeader('x-ms-error-code', code);
  const xml = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  response.status(error.status).type('application/xml').send(xml);
};

function signedName(blobs: Blobs, request: Request, permission: Permission): string {
  const name = param(request, 'name');
  if (!blobs.allows(request, name, permission)) throw azureError(403, 'AuthenticationFailed');
  return name;
}

type Operation = (blobs: Blobs, name: string, request: Request) => Promise<void>;

/** What `comp` of a PUT asks for. */
const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['', put],
  ['appendblock', append],
  ['seal', async (blobs: Blobs, name: string) => blobs.seal(name)],
  ['block', putBlock],
  ['blocklist', commit],
]);

/** A whole blob, or (type AppendBlob) an empty one to append to. */
async function put(blobs: Blobs, name: string, request: Request): Promise<void> {
  const type = typeOf(request);
  if (type === 'AppendBlob' && Number(request.headers['content-length'] ?? 0) > 0) {
    throw azureError(400, 'InvalidHeaderValue');
  }
  await refuseExisting(blobs, name, request);
  await blobs.put(name, request);
  describe(blobs, name, request, type);
}

function typeOf({ headers }: Request): BlobType {
  const type = headers['x-ms-blob-type'];
  if (type === undefined) throw azureError(400, 'MissingRequiredHeader');
  if (type === 'BlockBlob' || type === 'AppendBlob') return type;
  throw azureError(400, 'InvalidHeaderValue');
}

/** `If-None-Match: *` makes a blob only where there is none. */
async function refuseExisting(blobs: Blobs, name: string, { headers }: Request): Promise<void> {
  if (headers['if-none-match'] !== '*' || (await blobs.sizeOf(name)) === null) return;
  throw azureError(409, 'BlobAlreadyExists');
}

async function append(blobs: Blobs, name: string, request: Request): Promise<void> {
  const offset = await blobs.sizeOf(name);
  if (offset === null) throw azureError(404, 'BlobNotFound');
  if (blobs.headersOf(name).type !== 'AppendBlob') throw azureError(409, 'InvalidBlobType');
  await blobs.append(name, request);
  request.res?.setHeader('x-ms-blob-append-offset', String(offset));
  if (query(request, 'seal') === 'true') blobs.seal(name);
}

async function putBlock(blobs: Blobs, name: string, request: Request): Promise<void> {
  const id = query(request, 'blockid') ?? '';
  if (!/^[A-Za-z0-9+/]{1,88}={0,2}$/.test(id)) throw azureError(400, 'InvalidQueryParameterValue');
  await blobs.putBlock(name, id, request);
}

async function commit(blobs: Blobs, name: string, request: Request): Promise<void> {
  const xml = typeof request.body === 'string' ? request.body : '';
  if (!/<BlockList[\s/>]/.test(xml)) throw azureError(400, 'InvalidXmlDocument');
  const entries = [...xml.matchAll(/<(Latest|Committed|Uncommitted)>([^<]*)</g)];
  const ids = entries.map(([, , id]) => (id ?? '').trim());
  await refuseExisting(blobs, name, request);
  if (!(await blobs.commit(name, ids))) throw azureError(400, 'InvalidBlockList');
  describe(blobs, name, request, 'BlockBlob');
}

/** The content type that the blob shall be served with, where the uploader names one. */
function describe(blobs: Blobs, name: string, { headers }: Request, type: BlobType): void {
  const contentType = headers['x-ms-blob-content-type'];
  blobs.describe(name, { type, ...(typeof contentType === 'string' ? { contentType } : {}) });
}

/** The blob or a range of it; the storage has its own header for ranges. */
async function read(blobs: Blobs, request: Request, response: Response): Promise<void> {
  const name = signedName(blobs, request, 'r');
  if ((await blobs.sizeOf(name)) === null) throw azureError(404, 'BlobNotFound');
  const range = request.headers['x-ms-range'];
  if (typeof range === 'string') request.headers.range = range;
  const {
    contentType = 'text/plain; charset=utf-8',
    fileName,
    type = 'BlockBlob',
  } = blobs.headersOf(name);
  if (fileName !== undefined) response.attachment(fileName);
  response.setHeader('Content-Type', contentType);
  response.setHeader('x-ms-blob-type', type);
  const options = { root: blobs.folder, cacheControl: false } as const;
  const failure = await new Promise<object | undefined>((resolve) => {
    response.sendFile(name, options, resolve);
  });
  if (failure === undefined || response.headersSent) return;
  const isRange = 'status' in failure && failure.status === 416;
  throw isRange ? azureError(416, 'InvalidRange') : azureError(500, 'InternalError');
}
