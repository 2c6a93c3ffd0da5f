import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { AppError } from '../../../src/domain/errors.ts';
import type { ActionReference, ActionSource } from '../../../src/ports/action-source.ts';
import type { CorpusCase } from './case-schema.ts';

/** The source of the actions that a case writes down; no other repository is there. */
export function writtenActions(actions: CorpusCase['actions']): ActionSource {
  const repositories = new Map(
    Object.entries(actions).map(([name, files]) => [name.toLowerCase(), files]),
  );
  const filesOf = (reference: ActionReference): Readonly<Record<string, string>> => {
    const name = `${reference.repository}@${reference.ref}`;
    const files = repositories.get(name.toLowerCase());
    if (files !== undefined) return files;
    throw new AppError('action-missing', `Unable to resolve action \`${name}\`, not found`);
  };
  return {
    resolve: async (references) =>
      references.map((reference) => {
        const content = JSON.stringify([reference, filesOf(reference)]);
        return { ...reference, sha: createHash('sha1').update(content).digest('hex'), secrets: [] };
      }),
    open: async (action) => {
      const archive = pack();
      for (const [name, content] of Object.entries(filesOf(action))) {
        archive.entry({ name, mode: content.startsWith('#!') ? 0o755 : 0o644 }, content);
      }
      archive.finalize();
      return Readable.from(archive);
    },
  };
}
