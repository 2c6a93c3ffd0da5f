import type { Step } from '@actions/workflow-parser/model/workflow-template';
import type { TemplatePair, TemplateToken } from './template-token.ts';
import { pairsOf } from './template-token.ts';
import type { StepReference, WorkflowStep } from './workflow-model.ts';
import {
  conditionText,
  membersOf,
  optionalWireToken,
  type ParsedToken,
  textOf,
} from './workflow-tokens.ts';

/** What `uses:` refers to, or null when it has none of the three known forms. */
export function parseUses(uses: string): StepReference | null {
  if (uses.startsWith('docker://')) {
    const image = uses.slice('docker://'.length);
    return image === '' ? null : { type: 'containerRegistry', image };
  }
  if (uses.startsWith('./') || uses.startsWith('.\\')) {
    return { type: 'repository', repositoryType: 'self', path: uses };
  }
  const [location, ref, ...rest] = uses.split('@');
  const [owner, name, ...path] = (location ?? '').split('/');
  if (!owner || !name || !ref || rest.length > 0) return null;
  const base = {
    type: 'repository',
    repositoryType: 'GitHub',
    name: `${owner}/${name}`,
    ref,
  } as const;
  return path.length === 0 ? base : { ...base, path: path.join('/') };
}

/** One step of the message, from the library's model (ids, conditions) and the raw mapping. */
export function readStep(step: Step, raw: ParsedToken): WorkflowStep | null {
  const members = membersOf(raw);
  const uses = textOf(members.get('uses'));
  const reference = uses === undefined ? ({ type: 'script' } as const) : parseUses(uses);
  if (reference === null) return null;
  return {
    contextName: step.id,
    displayName: optionalWireToken(members.get('name')),
    condition: conditionText(step.if?.expression ?? 'success()', members.get('if')),
    reference,
    inputs: uses === undefined ? scriptInputs(members) : actionInputs(members.get('with')),
    environment: optionalWireToken(members.get('env')),
    continueOnError: optionalWireToken(members.get('continue-on-error')),
    timeoutInMinutes: optionalWireToken(members.get('timeout-minutes')),
  };
}

/** Keys of a script step's `inputs` (protocol D.5), by their name in the file. */
const SCRIPT_INPUTS = [
  ['run', 'script'],
  ['shell', 'shell'],
  ['working-directory', 'workingDirectory'],
] as const;

function scriptInputs(members: ReadonlyMap<string, ParsedToken>): TemplateToken {
  const map = SCRIPT_INPUTS.flatMap(([key, input]): TemplatePair[] => {
    const value = optionalWireToken(members.get(key));
    return value === undefined ? [] : [{ Key: { type: 0, lit: input }, Value: value }];
  });
  return { type: 2, map };
}

const actionInputs = (token: ParsedToken | undefined): TemplateToken => ({
  type: 2,
  map: pairsOf(optionalWireToken(token)),
});
