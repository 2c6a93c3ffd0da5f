import { Router } from 'express';
import type { Address } from '../dependencies.ts';
import { tenantUrl } from './url.ts';

const NOBODY = '00000000-0000-0000-0000-000000000000';
const INSTANCE = '5f9d6b1e-3c0a-4d4e-9a51-7f6f0c2b8a10';
const MAPPING = 'HostGuidAccessMapping';

/** Resources that `config.sh` asks for, by the ids that it knows them by (protocol B.5). */
const RESOURCES = [
  ['a8c47e17-4d56-4a56-92bb-de7ea7dc65be', 'pools', 'pools/{poolId}'],
  ['e298ef32-5878-4cab-993c-043836571f42', 'agents', 'pools/{poolId}/agents/{agentId}'],
].map(([id, resourceName, template]) => ({
  id,
  area: 'distributedtask',
  resourceName,
  routeTemplate: `_apis/{area}/${template}`,
  resourceVersion: 2,
  minVersion: '1.0',
  maxVersion: '6.0',
  releasedVersion: '6.0',
}));

/**
 * What a client of the tenant asks first, before it proves anything: where the services are (all of
 * them here, which a service owner of nobody says) and which resources there are.
 */
export function locationRoutes(address: Address): Router {
  const router = Router();
  router.get('/_apis/connectionData', (_request, response) => {
    response.json({
      authenticatedUser: { id: INSTANCE, providerDisplayName: 'runner' },
      authorizedUser: { id: INSTANCE, providerDisplayName: 'runner' },
      instanceId: INSTANCE,
      deploymentId: INSTANCE,
      deploymentType: 'hosted',
      locationServiceData: {
        serviceOwner: NOBODY,
        defaultAccessMappingMoniker: MAPPING,
        lastChangeId: 1,
        lastChangeId64: 1,
        clientCacheFresh: false,
        clientCacheTimeToLive: 3600,
        accessMappings: [
          { displayName: 'Host Guid', moniker: MAPPING, accessPoint: tenantUrl(address) },
        ],
        serviceDefinitions: [],
      },
    });
  });
  router.options('/_apis', (_request, response) => {
    response.json({ count: RESOURCES.length, value: RESOURCES });
  });
  return router;
}
