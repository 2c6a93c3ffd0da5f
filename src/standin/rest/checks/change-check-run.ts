import { z } from 'zod';
import { githubError, invalidField } from '../../http/refusal.ts';
import { bodyOf } from '../../http/request.ts';
import { checkRunJson } from '../../present/checks.ts';
import { ACTIONS_APP_ID, type CheckRun, type CheckSuite } from '../../state/checks.ts';
import type { Repository } from '../../state/model.ts';
import type { Annotation } from '../../state/run-parts.ts';
import { pathOf, repositoryOf } from '../lookup.ts';
import { type Answer, type Call, created, ok } from '../operation.ts';
import { checkRunOf } from './lookup.ts';

/** GitHub takes so many annotations in one request; more are added by further ones. */
const MAX_ANNOTATIONS = 50;

const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'is not a date-time');
const annotation = z.looseObject({
  path: z.string(),
  start_line: z.number().int(),
  end_line: z.number().int(),
  annotation_level: z.enum(['notice', 'warning', 'failure']),
  message: z.string(),
  title: z.string().optional(),
  start_column: z.number().int().optional(),
  end_column: z.number().int().optional(),
});
const members = {
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  status: z
    .enum(['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending'])
    .optional(),
  started_at: instant.optional(),
  conclusion: z
    .enum([
      'action_required',
      'cancelled',
      'failure',
      'neutral',
      'success',
      'skipped',
      'stale',
      'timed_out',
    ])
    .optional(),
  completed_at: instant.optional(),
  output: z
    .looseObject({
      title: z.string().optional(),
      summary: z.string(),
      text: z.string().optional(),
      annotations: z.array(annotation).max(MAX_ANNOTATIONS).default([]),
    })
    .optional(),
};
const createBody = z.looseObject({ name: z.string(), head_sha: z.string(), ...members });
const updateBody = z.looseObject({ name: z.string().optional(), ...members });

/** The App that speaks: check runs are for Apps and jobs only, as at GitHub. */
function speakerOf({ caller }: Call): number {
  if (caller.kind === 'installation') return caller.installation.appId;
  if (caller.kind === 'job') return ACTIONS_APP_ID;
  throw githubError(403, 'You must authenticate via a GitHub App.');
}

export async function createCheckRun(call: Call): Promise<Answer> {
  const { store, clock, history, webhooks } = call.world;
  const appId = speakerOf(call);
  const repository = repositoryOf(call);
  const body = bodyOf(call.request, createBody);
  const sha = body.head_sha;
  if ((await history.resolveName(pathOf(call.world, repository), sha)) !== sha) {
    throw githubError(422, `No commit found for SHA: ${sha}`);
  }
  const check: CheckRun = {
    id: store.nextId(),
    repository,
    appId,
    suiteId: suiteFor(call, repository, appId, sha).id,
    headSha: sha,
    name: body.name,
    status: 'queued',
    conclusion: null,
    startedAt: clock.now(),
    completedAt: null,
    detailsUrl: null,
    externalId: '',
    output: { title: null, summary: null, text: null },
    annotations: [],
  };
  change(check, body, clock.now());
  store.checkRuns.set(check.id, check);
  const json = checkRunJson(check, store.apps, call.url);
  webhooks.about(repository, 'check_run', 'created', { check_run: json });
  return created(json);
}

export function updateCheckRun(call: Call): Answer {
  const { store, clock, webhooks } = call.world;
  const appId = speakerOf(call);
  const check = store.checkRuns.get(checkRunOf(call).id);
  if (check?.appId !== appId) {
    throw githubError(
      403,
      `Invalid app_id \`${appId}\` - check run can only be modified by the GitHub App that created it.`,
    );
  }
  const body = bodyOf(call.request, updateBody);
  const wasCompleted = check.status === 'completed';
  change(check, body, clock.now());
  const json = checkRunJson(check, store.apps, call.url);
  if (!wasCompleted && check.status === 'completed') {
    webhooks.about(check.repository, 'check_run', 'completed', { check_run: json });
  }
  return ok(json);
}

/** Takes over what a client wrote. A conclusion completes the check, whatever `status` says. */
function change(check: CheckRun, body: z.infer<typeof updateBody>, now: number): void {
  const status = body.conclusion === undefined ? body.status : 'completed';
  if (status === 'completed' && body.conclusion === undefined && check.conclusion === null) {
    throw invalidField('CheckRun', 'conclusion', 'missing_field');
  }
  check.name = body.name ?? check.name;
  check.status = status ?? check.status;
  check.conclusion = body.conclusion ?? check.conclusion;
  check.startedAt = body.started_at === undefined ? check.startedAt : Date.parse(body.started_at);
  check.detailsUrl = body.details_url ?? check.detailsUrl;
  check.externalId = body.external_id ?? check.externalId;
  if (check.status === 'completed') {
    check.completedAt = body.completed_at === undefined ? now : Date.parse(body.completed_at);
  }
  if (body.output === undefined) return;
  const { title = null, summary, text = null, annotations } = body.output;
  check.output = { title, summary, text };
  check.annotations = [...check.annotations, ...annotations.map(annotationOf)];
}

const annotationOf = (given: z.infer<typeof annotation>): Annotation => ({
  level: given.annotation_level,
  message: given.message,
  title: given.title ?? null,
  path: given.path,
  startLine: given.start_line,
  endLine: given.end_line,
  startColumn: given.start_column ?? null,
  endColumn: given.end_column ?? null,
});

/** The suite of this App for this commit; there is one. */
function suiteFor(
  { world: { store, clock } }: Call,
  repository: Repository,
  appId: number,
  headSha: string,
): CheckSuite {
  const known = [...store.checkSuites.values()].find(
    (suite) =>
      suite.repository === repository && suite.appId === appId && suite.headSha === headSha,
  );
  if (known !== undefined) return known;
  const suite = { id: store.nextId(), repository, appId, headSha, createdAt: clock.now() };
  store.checkSuites.set(suite.id, suite);
  return suite;
}
