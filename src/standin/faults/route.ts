/** Groups of routes that a fault can name instead of a path. */
export const ROUTE_GROUPS = [
  'token',
  'broker',
  'run',
  'results',
  'launch',
  'blob',
  'git',
  'scale-set',
  'rest',
] as const;
export type RouteGroup = (typeof ROUTE_GROUPS)[number];

/** The first that fits is the group of a path; REST is what is left. */
const BEGINNINGS: readonly (readonly [RouteGroup, RegExp])[] = [
  ['token', /^\/(?:_apis\/oauth2|idtoken|_services\/token)\//],
  ['broker', /^\/broker(?:\/|$)/],
  ['run', /^\/run\//],
  ['results', /^\/twirp\//],
  ['launch', /^\/actions\/build\//],
  ['blob', /^\/_blobs\//],
  ['git', /^\/[^/]+\/[^/]+\/(?:info\/refs|git-(?:upload|receive)-pack)$/],
  ['scale-set', /\/_apis\/|\/actions\/runner-registration$/],
];

export const groupOf = (path: string): RouteGroup =>
  BEGINNINGS.find(([, pattern]) => pattern.test(path))?.[0] ?? 'rest';

const withoutApi = (path: string): string => path.replace(/^\/api\/v3(?=\/)/, '');

const PATTERN = /^(?:(\*|[A-Z]+) )?(\/\S*)$/;

/** Whether a text can name routes: a group, or a path with `*` and `**`, perhaps after a method. */
export const isRoute = (text: string): boolean =>
  ROUTE_GROUPS.some((group) => group === text) || PATTERN.test(text);

/** `*` is anything within a segment, `**` any number of segments; case does not count. */
export function globMatches(glob: string, text: string): boolean {
  const pattern = glob
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : literally(part)));
  return new RegExp(`^${pattern.join('')}$`, 'i').test(text);
}

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Whether a request is one of those that a route names. `/api/v3` makes no difference. */
export function routeMatches(route: string, method: string, path: string): boolean {
  if (groupOf(path) === route) return true;
  const [, wantedMethod = '*', glob] = PATTERN.exec(route) ?? [];
  if (glob === undefined) return false;
  if (wantedMethod !== '*' && wantedMethod !== method) return false;
  return globMatches(withoutApi(glob), withoutApi(path));
}

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** The route as it is counted: ids are all the same. */
export const routeName = (method: string, path: string): string =>
  `${method} ${withoutApi(path)
    .replace(GUID, '{id}')
    .replace(/(?<=\/)\d+(?=\/|$)/g, '{id}')}`;
