import { type ContextData, decodeContextData } from '../../actions/context-data.ts';
import type { JobMessage } from '../../contract/runner-protocol.ts';
import type { ActionSource } from '../../ports/action-source.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ActionCache } from './action-cache.ts';
import { createActionSource, noActions } from './action-source.ts';
import type { Http } from './http.ts';
import { type LocateActions, launchService } from './launch-service.ts';
import { restActions } from './rest-actions.ts';
import type { JobLease } from './run-service.ts';

interface ActionsWire {
  readonly http: Http;
  readonly clock: Clock;
  readonly cache: ActionCache;
  readonly userAgent: string;
}

/** The actions of a job: from the launch service, else from the REST API (protocol F.1). */
export function openJobActions(
  wire: ActionsWire,
  message: JobMessage,
  lease: JobLease,
): ActionSource {
  const { http, clock, cache, userAgent } = wire;
  const { token, planId, jobId } = lease;
  const variable = (name: string): string => message.variables[name]?.value ?? '';
  const endpoint = variable('system.github.launch_endpoint');
  const githubToken = variable('system.github.token') || null;
  const apiUrl = apiUrlOf(message);
  const dependencies = message.dependencies ?? [];
  let locate: LocateActions;
  if (endpoint) {
    locate = launchService({ http, clock, endpoint, token, planId, jobId, dependencies });
  } else if (apiUrl !== null && githubToken !== null) {
    locate = restActions({ http, clock, apiUrl, token: githubToken });
  } else {
    return noActions();
  }
  const flag = variable('actions_use_bearer_token_for_codeload').toLowerCase();
  const bearerForCodeload = flag === 'true' || flag === '1';
  return createActionSource({ locate, cache, clock, userAgent, githubToken, bearerForCodeload });
}

function apiUrlOf(message: JobMessage): string | null {
  const github = decodeContextData((message.contextData['github'] ?? null) as ContextData);
  const url: unknown =
    typeof github === 'object' && github !== null && 'api_url' in github ? github['api_url'] : null;
  return typeof url === 'string' && url !== '' ? url : null;
}
