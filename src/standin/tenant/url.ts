import type { Address } from '../dependencies.ts';

/** The services of the tenant, which all scopes share; with a slash at the end, as clients append. */
export const TENANT_PATH = '/pipelines';

export const tenantUrl = (address: Address): string => `${address.url()}${TENANT_PATH}/`;
