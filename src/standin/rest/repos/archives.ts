import { archivePath } from '../../git/archive-routes.ts';
import { notFound } from '../../http/refusal.ts';
import { param } from '../../http/request.ts';
import { pathOf, repositoryOf } from '../lookup.ts';
import { type Answer, type Call, type Operation, redirect } from '../operation.ts';

/** As long as GitHub's archive links of private repositories live. */
const VALID_MS = 5 * 60_000;

const FORMATS = [
  ['tarball', 'tar.gz'],
  ['zipball', 'zip'],
] as const;

/** `tarball` and `zipball`: a redirect to the archive itself. */
export const ARCHIVE_OPERATIONS: readonly Operation[] = FORMATS.map(([name, format]) => ({
  id: `repos/download-${name}-archive`,
  method: 'GET',
  path: `/repos/{owner}/{repo}/${name}/{ref}`,
  access: 'contents=read',
  answer: (call) => link(call, format),
}));

/** The same without a ref, which GitHub answers though its description leaves it out. */
export const DEFAULT_ARCHIVE_OPERATIONS: readonly Operation[] = ARCHIVE_OPERATIONS.map(
  (operation) => ({ ...operation, path: operation.path.replace('/{ref}', '') }),
);

async function link(call: Call, format: string): Promise<Answer> {
  const { history, signedPaths } = call.world;
  const repository = repositoryOf(call);
  const name = param(call.request, 'ref') || repository.defaultBranch;
  const sha = await history.resolveName(pathOf(call.world, repository), name);
  if (sha === null) throw notFound();
  const archive = archivePath(repository, `legacy.${format}`, sha);
  const signed = signedPaths.sign(archive, 'r', VALID_MS);
  return redirect(`${call.url}${repository.private ? signed : archive}`);
}
