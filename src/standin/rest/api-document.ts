import type { Operation } from './operation.ts';

const WHO: Readonly<Record<string, string>> = {
  anyone: 'anybody',
  user: 'users',
  app: 'Apps, by JWT',
  installation: 'installations',
};

/** The operations as a page for people: what there is, by GitHub's own names. */
export function apiDocument(operations: readonly Operation[]): string {
  const rows = operations
    .toSorted((a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method))
    .map(({ id, method, path, access }) => {
      const who = WHO[access] ?? `\`${access}\``;
      return `| \`${method} ${path}\` | \`${id}\` | ${who} |`;
    });
  return `# What of GitHub's REST API the stand-in answers

${operations.length} operations, at \`/\` and under \`/api/v3\`. The second column is GitHub's \`operationId\`; the third
says who may ask: a permission that an installation or a job needs, or a kind of caller. Holders of
the stand-in's own token may ask for everything but what belongs to Apps. Tests hold every answer
against GitHub's own description of it (npm \`@octokit/openapi\`).

Made from \`src/standin/rest/operations.ts\` by \`npx vitest run --project unit src/standin/rest -u\`.

| request | operation | who |
| ------- | --------- | --- |
${rows.join('\n')}
`;
}
