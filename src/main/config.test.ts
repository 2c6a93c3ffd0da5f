import { describe, expect, it } from 'vitest';
import { loadConfig, poolsOf } from './config.ts';

const problemsOf = (env: Record<string, string>, text?: string): readonly string[] => {
  const loaded = loadConfig(env, text === undefined ? null : { name: 'runnerhub.yml', text });
  return 'problems' in loaded ? loaded.problems : [];
};

describe('loadConfig', () => {
  it('needs nothing', () => {
    const loaded = loadConfig({}, null);
    expect(loaded).toMatchObject({ config: { dataDir: '.runnerhub', http: { port: 8080 } } });
    if ('config' in loaded)
      expect(poolsOf(loaded.config).map((pool) => pool.name)).toEqual(['default']);
  });

  it('lets the environment win over the file', () => {
    const file = { name: 'runnerhub.yml', text: 'http: {port: 1234, host: 0.0.0.0}' };
    expect(loadConfig({ RUNNERHUB_HTTP_PORT: '99' }, file)).toMatchObject({
      config: { http: { port: 99, host: '0.0.0.0' } },
    });
  });

  it('reports every problem at once, with names', () => {
    const problems = problemsOf(
      { RUNNERHUB_HTTP_PORT: 'many', RUNNERHUB_TYPO: '1', DATABASE_URL: 'mysql://x' },
      'htp: {}\npools: [{name: Bad, labels: []}]\nlog: {level: loud}',
    );
    expect(problems).toEqual([
      'RUNNERHUB_HTTP_PORT: must be a number, but is "many"',
      'RUNNERHUB_TYPO: no setting has this variable; docs/configuration.md lists them',
      'DATABASE_URL: must begin with postgres:// or postgresql://',
      'runnerhub.yml: pools.0.name: must be lower-case letters, digits and hyphens, at most 63',
      'runnerhub.yml: pools.0.labels: Too small: expected array to have >=1 items',
      'runnerhub.yml: log.level: Invalid option: expected one of "debug"|"info"|"warn"|"error"|"silent"',
      'runnerhub.yml: (top level): unknown setting "htp"',
    ]);
  });

  it('refuses pools that share a name or keep more warm than they may run', () => {
    const pool = (name: string, more = '') => `{name: ${name}, labels: [x]${more}}`;
    expect(problemsOf({}, `pools: [${pool('a')}, ${pool('a', ', minIdle: 5, max: 2')}]`)).toEqual([
      'runnerhub.yml: pools.1.name: "a" is there twice',
      'runnerhub.yml: pools.1.minIdle: must not exceed max (2)',
    ]);
  });

  it('names the file when its YAML is broken', () => {
    expect(problemsOf({}, 'a: [1')[0]).toMatch(/^runnerhub\.yml: /);
  });
});
