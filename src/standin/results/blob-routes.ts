import { type Request, type Response, Router } from 'express';
import { Refusal } from '../http/refusal.ts';
import { param, query } from '../http/request.ts';
import type { Permission } from '../tokens/signed-paths.ts';
import type { Blobs } from './blobs.ts';

const azureError = (status: number, code: string): Refusal =>
  new Refusal(status, { error: { code } });

/** Signed URLs of the blob storage (protocol E.3). Nobody authorizes here but the signature. */
export function blobRoutes(blobs: Blobs): Router {
  const router = Router();
  router.put('/_blobs/*name', async (request, response) => {
    const name = signedName(blobs, request, 'rw');
    if (query(request, 'comp') === 'appendblock') await append(blobs, name, request);
    else await put(blobs, name, request);
    response.setHeader('ETag', `"${name.length.toString(16)}"`);
    response.status(201).end();
  });
  router.get('/_blobs/*name', (request, response) => read(blobs, request, response));
  return router;
}

function signedName(blobs: Blobs, request: Request, permission: Permission): string {
  const name = param(request, 'name');
  if (!blobs.allows(request, name, permission)) {
    throw azureError(403, 'AuthenticationFailed');
  }
  return name;
}

/** A whole blob, or (type AppendBlob) an empty one to append to. */
async function put(blobs: Blobs, name: string, request: Request): Promise<void> {
  if (query(request, 'comp') !== undefined) throw azureError(400, 'UnsupportedQueryParameter');
  const type = request.headers['x-ms-blob-type'];
  if (type === 'AppendBlob' && Number(request.headers['content-length'] ?? 0) > 0) {
    throw azureError(400, 'InvalidHeaderValue');
  }
  if (blobs.isSealed(name)) throw azureError(409, 'BlobIsSealed');
  await blobs.put(name, request);
}

async function append(blobs: Blobs, name: string, request: Request): Promise<void> {
  if (!(await blobs.exists(name))) throw azureError(404, 'BlobNotFound');
  if (blobs.isSealed(name)) throw azureError(409, 'BlobIsSealed');
  await blobs.append(name, request);
  if (query(request, 'seal') === 'true') blobs.seal(name);
}

async function read(blobs: Blobs, request: Request, response: Response): Promise<void> {
  const content = await blobs.read(signedName(blobs, request, 'r'));
  if (content === null) throw azureError(404, 'BlobNotFound');
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.send(content);
}
