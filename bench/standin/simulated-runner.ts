import { randomUUID } from 'node:crypto';
import { decodeJitConfig } from '../../src/adapters/github/jit-config.ts';
import { signAssertion } from '../../src/adapters/github/runner-token.ts';
import type { Client } from './client.ts';

const POLL = 'status=Online&runnerVersion=2.336.0&os=Linux&architecture=X64&disableUpdate=true';

export interface Place {
  readonly client: Client;
  readonly url: string;
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
}

/** A runner with an open session, that speaks as the official one does (protocol A.4, B, C). */
export interface SimulatedRunner {
  /** One long poll: the request of a job, or null when there was none. */
  poll(): Promise<Record<string, string> | null>;
  /** Acknowledges, acquires, renews once and completes. */
  work(request: Record<string, string>): Promise<void>;
}

/** Registers a just-in-time runner, takes its token and opens its session. */
export async function connectRunner(
  { client, url, token, repository }: Place,
  label: string,
): Promise<SimulatedRunner> {
  const jit = await client.call(
    'POST',
    `${url}/repos/${repository}/actions/runners/generate-jitconfig`,
    token,
    { name: `load-${randomUUID()}`, runner_group_id: 1, labels: [label], work_folder: '_work' },
  );
  if (jit.status !== 201) throw new Error(`no runner: ${jit.status} ${JSON.stringify(jit.json)}`);
  const { settings, credentials } = decodeJitConfig(jit.json.encoded_jit_config);
  if (credentials.scheme !== 'OAuth') throw new Error('the runner has no key');
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(credentials, Date.now()),
  });
  const oauth = await client.call('POST', credentials.tokenUrl, '', form);
  const bearer: string = oauth.json.access_token;
  const broker = settings.serverurlv2;
  const session = await client.call('POST', `${broker}session`, bearer, {
    sessionId: '00000000-0000-0000-0000-000000000000',
    ownerName: 'bench',
    agent: { id: settings.agentid, name: settings.agentname, version: '2.336.0', status: 0 },
  });
  const id: string = session.json.sessionId;
  return {
    async poll() {
      const reply = await client.call('GET', `${broker}message?sessionId=${id}&${POLL}`, bearer);
      return reply.status === 200 ? JSON.parse(reply.json.body) : null;
    },
    async work(request) {
      const runnerRequestId = request['runner_request_id'];
      await client.call('POST', `${broker}acknowledge?sessionId=${id}&status=Online`, bearer, {
        runnerRequestId,
      });
      const service = request['run_service_url'] ?? '';
      const acquired = await client.call('POST', new URL('acquirejob', service).href, bearer, {
        jobMessageId: runnerRequestId,
        runnerOS: 'Linux',
      });
      if (acquired.status !== 200) return;
      const { plan, jobId, resources } = acquired.json;
      const jobToken: string = resources.endpoints[0].authorization.parameters.AccessToken;
      const ids = { planId: plan.planId, jobId };
      const tell = (what: string, more: object) =>
        client.call('POST', new URL(what, resources.endpoints[0].url).href, jobToken, {
          ...ids,
          ...more,
        });
      await tell('renewjob', {});
      await tell('completejob', { conclusion: 'succeeded', outputs: {}, stepResults: [] });
    },
  };
}
