import { describe, expect, it } from 'vitest';
import { inputVariables, serviceVariables, stateVariables } from './action-environment.ts';
import { chooseNode } from './node-version.ts';

describe('the environment of an action', () => {
  it('spells inputs and state as the toolkit reads them', () => {
    expect(inputVariables({ 'my input': '1', 'with-dash': '2' })).toEqual({
      INPUT_MY_INPUT: '1',
      'INPUT_WITH-DASH': '2',
    });
    expect(stateVariables({ tmpDir: '/x' })).toEqual({ STATE_tmpDir: '/x' });
  });

  it('names the services that the message offers, and no others', () => {
    const none = { url: 'http://run/', token: 't', data: {}, variable: () => '' };
    expect(serviceVariables(none)).toEqual({
      ACTIONS_RUNTIME_URL: 'http://run/',
      ACTIONS_RUNTIME_TOKEN: 't',
    });
    const all = serviceVariables({
      ...none,
      data: {
        PipelinesServiceUrl: 'http://p/',
        CacheServerUrl: 'http://c/',
        ResultsServiceUrl: 'http://r/',
      },
      variable: (name) => (name === 'actions_uses_cache_service_v2' ? 'true' : ''),
    });
    expect(all).toEqual({
      ACTIONS_RUNTIME_URL: 'http://p/',
      ACTIONS_RUNTIME_TOKEN: 't',
      ACTIONS_CACHE_URL: 'http://c/',
      ACTIONS_RESULTS_URL: 'http://r/',
      ACTIONS_CACHE_SERVICE_V2: 'True',
    });
  });
});

describe('the node of a JavaScript action', () => {
  const FORCE = { FORCE_JAVASCRIPT_ACTIONS_TO_NODE24: 'true' };
  const ALLOW = { ACTIONS_ALLOW_USE_UNSECURE_NODE_VERSION: 'true' };
  const server = (name: string) => (asked: string) => (asked === name ? 'true' : '');
  const byDefault = server('actions.runner.usenode24bydefault');
  const required = server('actions.runner.requirenode24');
  const silent = () => '';

  it.each([
    ['node24', silent, {}, 'node24'],
    ['node20', silent, {}, 'node20'],
    ['node16', silent, {}, 'node20'],
    ['node12', byDefault, {}, 'node24'],
    ['node20', silent, FORCE, 'node24'],
    ['node20', byDefault, ALLOW, 'node20'],
    ['node20', required, ALLOW, 'node24'],
    ['node20', silent, { ...FORCE, ...ALLOW }, 'node20'],
    ['node20', byDefault, { ...FORCE, ...ALLOW }, 'node24'],
  ] as const)('%s', (using, variable, env, version) => {
    expect(chooseNode(using, variable, env).version).toBe(version);
  });

  it('warns of wishes that contradict each other', () => {
    expect(chooseNode('node20', silent, { ...FORCE, ...ALLOW }).warning).toMatch(/neither counts/);
  });
});
