import type { Address, StandinClock } from '../dependencies.ts';
import { isOnline } from '../present/runners.ts';
import type { Runner } from '../state/model.ts';
import { tokenUrl } from '../tokens/jit-config.ts';

interface Deps {
  readonly clock: StandinClock;
  readonly address: Address;
}

/** What scale sets read of a runner. */
export const runnerReference = ({ id, name, scaleSetId }: Runner) => ({
  id,
  name,
  runnerScaleSetId: scaleSetId ?? 0,
});

export const agentJson = ({ clock }: Pick<Deps, 'clock'>, runner: Runner) => ({
  id: runner.id,
  name: runner.name,
  version: runner.version ?? '',
  osDescription: runner.os ?? '',
  enabled: true,
  ephemeral: runner.ephemeral,
  disableUpdate: runner.disableUpdate,
  status: isOnline(runner, clock) ? 'online' : 'offline',
  provisioningState: 'Provisioned',
  maxParallelism: 1,
  labels: runner.labels.map((name, index) => ({ id: index + 1, name, type: 'user' })),
  runnerGroupId: runner.groupId,
});

/** A member of the typed bag of protocol A.3. */
const property = (type: 'String' | 'Boolean', value: string | boolean) => ({
  $type: `System.${type}`,
  $value: value,
});

/** The answer to a registration: credentials, and that the runner is to use the broker (V2). */
export const registeredAgentJson = ({ clock, address }: Deps, runner: Runner) => ({
  ...agentJson({ clock }, runner),
  authorization: {
    authorizationUrl: tokenUrl(address.url(), runner.clientId),
    clientId: runner.clientId,
    publicKey: {
      exponent: standard(runner.publicKey.e),
      modulus: standard(runner.publicKey.n),
    },
  },
  properties: {
    RequireFipsCryptography: property('Boolean', true),
    ServerUrlV2: property('String', `${address.url()}/broker/`),
    UseV2Flow: property('Boolean', true),
  },
});

const standard = (member: unknown): string =>
  Buffer.from(String(member), 'base64url').toString('base64');
