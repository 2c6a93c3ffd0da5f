import { describe, expect, it } from 'vitest';
import { ManifestProblem, parseActionManifest } from './action-manifest.ts';

const parse = (text: string) => parseActionManifest('action.yml', text);

const problemOf = (text: string): string => {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ManifestProblem) return error.message;
    throw error;
  }
  return 'none';
};

describe('an action manifest', () => {
  it('tells what a JavaScript action runs in each stage', () => {
    const { runs, inputs } = parse(`
name: Any
author: somebody
inputs:
  token: { description: A token, required: true, default: "\${{ github.token }}", type: string }
  old: { deprecationMessage: Use token, default: true }
runs: { using: Node20, main: dist/main.js, pre: pre.js, pre-if: runner.os == 'Linux', post: post.js }`);
    expect(runs).toEqual({
      kind: 'javascript',
      using: 'node20',
      main: 'dist/main.js',
      pre: 'pre.js',
      preIf: "runner.os == 'Linux'",
      post: 'post.js',
      postIf: 'always()',
    });
    expect(inputs).toMatchObject([
      { name: 'token', default: { type: 3, expr: 'github.token' }, deprecationMessage: null },
      { name: 'old', deprecationMessage: 'Use token' },
    ]);
  });

  it('keeps the steps of a composite action as a job message has them', () => {
    const { runs, outputs } = parse(`
outputs: { path: { description: Where, value: "\${{ steps.a.outputs.path }}" } }
runs:
  using: composite
  steps:
    - { id: a, run: echo, shell: bash, if: inputs.x == 'y' }
    - uses: octo/other/sub@v1
      continue-on-error: true
      with: { name: "\${{ inputs.x }}" }`);
    expect(outputs.get('path')).toMatchObject({ type: 3, expr: 'steps.a.outputs.path' });
    expect(runs).toMatchObject({
      kind: 'composite',
      steps: [
        { contextName: 'a', condition: "success() && (inputs.x == 'y')" },
        {
          contextName: '__octo_other',
          condition: 'success()',
          reference: { type: 'repository', name: 'octo/other', ref: 'v1', path: 'sub' },
        },
      ],
    });
  });

  it('knows the members of a Docker action', () => {
    const { runs } = parse(`
runs:
  using: docker
  image: docker://alpine:3
  args: [a, "\${{ inputs.b }}"]
  env: { KEY: "\${{ inputs.b }}" }
  post-entrypoint: /clean.sh
  post-if: failure()`);
    expect(runs).toMatchObject({
      kind: 'docker',
      image: 'docker://alpine:3',
      entrypoint: null,
      pre: null,
      post: '/clean.sh',
      postIf: 'failure()',
    });
  });

  it.each([
    ['', 'runs'],
    ['runs: {using: node20}', "'main'"],
    ['runs: {using: docker}', "'image'"],
    ['runs: {using: composite}', "'steps'"],
    ['runs: {using: node18, main: x}', "'using: node18' is not supported"],
    ['runs: {using: composite, steps: [{run: echo}]}', 'shell'],
    ['runs: {using: composite, steps: [{uses: nothing}]}', "Actual 'nothing'"],
    ['runs: {using: node20, main: x}\ninputs: [a]', 'Line: 2'],
    ['a: [b', 'action.yml'],
  ])('says what is wrong with %j', (text, words) => {
    expect(problemOf(text)).toContain(words);
  });
});
