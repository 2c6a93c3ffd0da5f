import type { RequestHandler } from 'express';

/**
 * Takes two slashes for one. Clients that join a base with a slash at its end and a path with one at
 * its beginning are common, GitHub's own among them (protocol D.2, J.29).
 */
export const plainPaths: RequestHandler = (request, _response, next) => {
  const [path = '', ...query] = request.url.split('?');
  if (path.includes('//')) request.url = [path.replace(/\/{2,}/g, '/'), ...query].join('?');
  next();
};
