import { isBoolean } from '@actions/workflow-parser';
import type { CallInput, CallInterface } from './workflow-model.ts';
import { membersOf, optionalWireToken, type ParsedToken, textOf } from './workflow-tokens.ts';

const TYPES: readonly CallInput['type'][] = ['string', 'number', 'boolean'];

/** What `on.workflow_call` declares. The schema has checked the form. */
export function readCallInterface(event: ParsedToken | undefined): CallInterface {
  const members = membersOf(event);
  return {
    inputs: [...membersOf(members.get('inputs'))].map(([name, token]) => {
      const input = membersOf(token);
      return {
        name,
        type: TYPES.find((type) => type === textOf(input.get('type'))) ?? 'string',
        required: isRequired(input),
        default: optionalWireToken(input.get('default')),
      };
    }),
    secrets: [...membersOf(members.get('secrets'))].map(([name, token]) => ({
      name,
      required: isRequired(membersOf(token)),
    })),
    outputs: [...membersOf(members.get('outputs'))].map(([name, token]) => ({
      name,
      value: optionalWireToken(membersOf(token).get('value')) ?? null,
    })),
  };
}

function isRequired(members: ReadonlyMap<string, ParsedToken>): boolean {
  const required = members.get('required');
  return required !== undefined && isBoolean(required) && required.value;
}
