import type { TreeEntry } from '../../git/objects.ts';
import { mediaForm } from '../../http/media-type.ts';
import { githubError, notFound } from '../../http/refusal.ts';
import { param, query } from '../../http/request.ts';
import { fullName, type Repository } from '../../state/model.ts';
import { pathOf, repositoryOf } from '../lookup.ts';
import { type Answer, type Call, type Operation, ok } from '../operation.ts';
import { commitNamed } from './commits.ts';

const CONTENTS = '/repos/{owner}/{repo}/contents';

/** Files and folders of a commit. */
export const CONTENT_OPERATIONS: readonly Operation[] = [
  {
    id: 'repos/get-content',
    method: 'GET',
    path: `${CONTENTS}/{path}`,
    access: 'contents=read',
    answer: get,
  },
];

/** The top folder, which GitHub answers with an empty path. */
export const TOP_FOLDER_OPERATIONS: readonly Operation[] = CONTENT_OPERATIONS.map((operation) => ({
  ...operation,
  path: CONTENTS,
}));

interface Place {
  readonly repository: Repository;
  readonly ref: string;
  readonly url: string;
}

async function get(call: Call): Promise<Answer> {
  const { world, request, url } = call;
  const repository = repositoryOf(call);
  const path = param(request, 'path').replace(/\/$/, '');
  const ref = query(request, 'ref') ?? repository.defaultBranch;
  const sha = await commitNamed(call, repository, ref);
  if (sha === null) {
    throw query(request, 'ref') === undefined
      ? githubError(404, 'This repository is empty.')
      : githubError(404, `No commit found for the ref ${ref}`);
  }
  const place = { repository, ref, url };
  const folder = path === '' ? '' : `${path}/`;
  const git = pathOf(world, repository);
  const found = path === '' ? [] : ((await world.objects.tree(git, sha, { only: path })) ?? []);
  const [entry] = found;
  if (path !== '' && entry === undefined) throw notFound();
  if (entry === undefined || entry.type === 'tree') {
    const children = (await world.objects.tree(git, sha, { only: folder })) ?? [];
    return folderAnswer(call, place, path, entry?.sha ?? sha, children);
  }
  return file(call, place, entry, await world.history.readBlob(git, entry.sha));
}

const TYPES = { blob: 'file', tree: 'dir', commit: 'submodule' } as const;

function entryJson({ repository, ref, url }: Place, { path, sha, size, type }: TreeEntry) {
  const name = fullName(repository);
  const escaped = path.split('/').map(encodeURIComponent).join('/');
  const query = `?ref=${encodeURIComponent(ref)}`;
  const self = `${url}/api/v3/repos/${name}/contents/${escaped}${query}`;
  const git = type === 'commit' ? null : `${url}/api/v3/repos/${name}/git/${type}s/${sha}`;
  const html = `${url}/${name}/${type === 'tree' ? 'tree' : 'blob'}/${ref}/${escaped}`;
  return {
    name: path.split('/').at(-1) ?? '',
    path,
    sha,
    size: size ?? 0,
    url: self,
    html_url: html,
    git_url: git,
    download_url: type === 'blob' ? `${url}/${name}/raw/${ref}/${escaped}` : null,
    type: TYPES[type],
    _links: { self, git, html },
  };
}

function folderAnswer(
  { request }: Call,
  place: Place,
  path: string,
  sha: string,
  children: readonly TreeEntry[],
): Answer {
  const entries = children.map((child) => entryJson(place, child));
  if (mediaForm(request) !== 'object') return ok(entries);
  return ok({ ...entryJson(place, { path, sha, size: null, type: 'tree', mode: '' }), entries });
}

function file({ request }: Call, place: Place, entry: TreeEntry, content: Buffer | null): Answer {
  if (content === null) throw notFound();
  if (mediaForm(request) === 'raw') {
    const headers = { 'Content-Type': 'application/vnd.github.raw+json; charset=utf-8' };
    return { status: 200, body: content, headers };
  }
  const text = content.toString('base64').replaceAll(/(.{60})/g, '$1\n');
  return ok({ ...entryJson(place, entry), content: `${text}\n`, encoding: 'base64' });
}
