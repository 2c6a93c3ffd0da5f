/** Where the `uses` of a job says that a workflow is. */
export type WorkflowReference =
  | { readonly kind: 'local'; readonly file: string }
  | {
      readonly kind: 'remote';
      readonly owner: string;
      readonly name: string;
      readonly file: string;
      readonly ref: string;
    };

const FOLDER = '.github/workflows/';
const INVALID = 'invalid value workflow reference:';

/** Reads `./.github/workflows/x.yml` or `owner/repo/.github/workflows/x.yml@ref`. */
export function parseWorkflowReference(
  uses: string,
): WorkflowReference | { readonly invalid: string } {
  const [location = '', ref, ...rest] = uses.split('@');
  if (uses.startsWith('./')) {
    if (ref !== undefined) {
      return { invalid: `${INVALID} cannot specify version when calling local workflows` };
    }
    const file = uses.slice(2);
    const invalid = misplaced(file);
    return invalid === null ? { kind: 'local', file } : { invalid };
  }
  if (!ref || rest.length > 0) return { invalid: `${INVALID} no version specified` };
  const [owner, name, ...path] = location.split('/');
  if (!owner || !name) return { invalid: `${INVALID} no repository specified` };
  const file = path.join('/');
  const invalid = misplaced(file);
  return invalid === null ? { kind: 'remote', owner, name, file, ref } : { invalid };
}

function misplaced(file: string): string | null {
  if (!file.startsWith(FOLDER)) {
    return `${INVALID} references to workflows must be rooted in '.github/workflows'`;
  }
  if (!/^[^/]+\.ya?ml$/.test(file.slice(FOLDER.length))) {
    return `${INVALID} workflows must be files with a .yml or .yaml extension at the top level of '.github/workflows'`;
  }
  return null;
}
