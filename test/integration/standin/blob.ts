/** Requests of Azure's blob client to a signed URL. */
export const putBlob = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'PUT', body, headers: { 'x-ms-blob-type': 'BlockBlob', ...headers } });

export const putBlock = (url: string, id: string, body: string) =>
  fetch(`${url}&comp=block&blockid=${encodeURIComponent(blockId(id))}`, { method: 'PUT', body });

export const putBlockList = (url: string, ids: readonly string[], type = 'application/zip') =>
  fetch(`${url}&comp=blocklist`, {
    method: 'PUT',
    headers: { 'x-ms-blob-content-type': type },
    body: `<?xml version="1.0"?><BlockList>${ids.map((id) => `<Latest>${blockId(id)}</Latest>`).join('')}</BlockList>`,
  });

const blockId = (id: string): string => Buffer.from(id.padEnd(48)).toString('base64');
