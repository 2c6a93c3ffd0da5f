import { Refusal } from '../http/refusal.ts';

const NAMESPACE = 'GitHub.DistributedTask.WebApi';

/** An error of the tenant's services, which clients know by the name of its exception (protocol H.2). */
export const tenantError = (status: number, exception: string, message: string): Refusal =>
  new Refusal(status, {
    $id: '1',
    innerException: null,
    message,
    typeName: `${NAMESPACE}.${exception}, ${NAMESPACE}`,
    typeKey: exception,
    errorCode: 0,
    eventId: 3000,
  });

export const invalidRequest = (detail: string): Refusal =>
  tenantError(400, 'ArgumentException', detail);
