import { githubError } from '../../http/refusal.ts';
import { query } from '../../http/request.ts';
import { annotationJson, checkRunJson } from '../../present/checks.ts';
import type { CheckRun } from '../../state/checks.ts';
import { numberOf, repositoryOf } from '../lookup.ts';
import { type Answer, array, type Call, listed, type Operation, ok } from '../operation.ts';
import { commitOf } from '../repos/commits.ts';
import { createCheckRun, updateCheckRun } from './change-check-run.ts';
import { checkRunOf, checksOf } from './lookup.ts';

const REPO = '/repos/{owner}/{repo}';
const ONE = `${REPO}/check-runs/{check_run_id}`;

/** Check runs: the jobs of workflow runs, and those that Apps make. */
export const CHECK_RUN_OPERATIONS: readonly Operation[] = [
  {
    id: 'checks/create',
    method: 'POST',
    path: `${REPO}/check-runs`,
    access: 'checks=write',
    answer: createCheckRun,
  },
  {
    id: 'checks/get',
    method: 'GET',
    path: ONE,
    access: 'checks=read',
    answer: (call) => ok(checkRunJson(checkRunOf(call), call.world.store.apps, call.url)),
  },
  {
    id: 'checks/update',
    method: 'PATCH',
    path: ONE,
    access: 'checks=write',
    answer: updateCheckRun,
  },
  {
    id: 'checks/list-annotations',
    method: 'GET',
    path: `${ONE}/annotations`,
    access: 'checks=read',
    answer: (call) => {
      const check = checkRunOf(call);
      return array(call, check.annotations, (each) => annotationJson(check, each, call.url));
    },
  },
  {
    id: 'checks/list-for-ref',
    method: 'GET',
    path: `${REPO}/commits/{ref}/check-runs`,
    access: 'checks=read',
    answer: async (call) => {
      const sha = await commitOf(call);
      const checks = checksOf(call, repositoryOf(call)).filter(({ headSha }) => headSha === sha);
      return list(call, checks);
    },
  },
  {
    id: 'checks/list-for-suite',
    method: 'GET',
    path: `${REPO}/check-suites/{check_suite_id}/check-runs`,
    access: 'checks=read',
    answer: (call) => {
      const suite = numberOf(call, 'check_suite_id');
      return list(
        call,
        checksOf(call, repositoryOf(call)).filter(({ suiteId }) => suiteId === suite),
      );
    },
  },
];

/** With the filters of the lists; `latest` keeps the newest of each name and App. */
function list(call: Call, checks: readonly CheckRun[]): Answer {
  const { request, world, url } = call;
  const filter = query(request, 'filter') ?? 'latest';
  if (filter !== 'latest' && filter !== 'all') throw githubError(422, `Invalid filter: ${filter}`);
  const wanted: readonly (readonly [string | undefined, (check: CheckRun) => string])[] = [
    [query(request, 'check_name'), ({ name }) => name],
    [query(request, 'status'), ({ status }) => status],
    [query(request, 'app_id'), ({ appId }) => String(appId)],
  ];
  const fitting = checks.filter((check) =>
    wanted.every(([value, member]) => value === undefined || value === member(check)),
  );
  const newest = new Map(fitting.map((check) => [`${check.suiteId} ${check.name}`, check]));
  const shown = filter === 'all' ? fitting : [...newest.values()];
  return listed(call, 'check_runs', shown, (each) => checkRunJson(each, world.store.apps, url));
}
