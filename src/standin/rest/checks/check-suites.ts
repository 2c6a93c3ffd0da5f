import { notFound } from '../../http/refusal.ts';
import { query } from '../../http/request.ts';
import { checkSuiteJson, type SuiteView } from '../../present/checks.ts';
import { ACTIONS_APP_ID, type CheckSuite } from '../../state/checks.ts';
import type { Repository, Run } from '../../state/model.ts';
import { numberOf, pathOf, repositoryOf, visibleJobs } from '../lookup.ts';
import { type Call, listed, type Operation, ok } from '../operation.ts';
import { commitOf } from '../repos/commits.ts';
import { checksOf } from './lookup.ts';

const REPO = '/repos/{owner}/{repo}';

/** Suites: one for every workflow run, and one for every App and commit. */
export const CHECK_SUITE_OPERATIONS: readonly Operation[] = [
  {
    id: 'checks/get-suite',
    method: 'GET',
    path: `${REPO}/check-suites/{check_suite_id}`,
    access: 'checks=read',
    answer: async (call) => {
      const id = numberOf(call, 'check_suite_id');
      const suite = suitesOf(call, repositoryOf(call)).find((each) => each.id === id);
      if (suite === undefined) throw notFound();
      return ok(await shown(call, suite));
    },
  },
  {
    id: 'checks/list-suites-for-ref',
    method: 'GET',
    path: `${REPO}/commits/{ref}/check-suites`,
    access: 'checks=read',
    answer: async (call) => {
      const sha = await commitOf(call);
      const appId = query(call.request, 'app_id');
      const suites = suitesOf(call, repositoryOf(call)).filter(
        (suite) => suite.headSha === sha && (appId === undefined || String(suite.appId) === appId),
      );
      const json = await Promise.all(suites.map((suite) => shown(call, suite)));
      return listed(call, 'check_suites', json, (each) => each);
    },
  },
];

async function shown(call: Call, suite: SuiteView) {
  const { objects, store } = call.world;
  const [commit] = await objects.log(pathOf(call.world, suite.repository), suite.headSha);
  if (commit === undefined) throw notFound();
  return checkSuiteJson(suite, commit, store.apps, call.url);
}

function suitesOf(call: Call, repository: Repository): readonly SuiteView[] {
  const { store } = call.world;
  const runs = [...store.runs.values()].filter((run) => run.repository === repository);
  const others = [...store.checkSuites.values()].filter((each) => each.repository === repository);
  return [...runs.map(suiteOfRun), ...others.map((suite) => suiteOfApp(call, suite))];
}

const suiteOfRun = (run: Run): SuiteView => ({
  id: run.id,
  repository: run.repository,
  appId: ACTIONS_APP_ID,
  headBranch: run.headRef,
  headSha: run.headSha,
  status: run.status,
  conclusion: run.conclusion,
  createdAt: run.createdAt,
  updatedAt: run.updatedAt,
  checks: visibleJobs(run).length,
});

/** Complete when all of its checks are; the worst of their conclusions is its own. */
function suiteOfApp(call: Call, suite: CheckSuite): SuiteView {
  const checks = checksOf(call, suite.repository).filter(({ suiteId }) => suiteId === suite.id);
  const isComplete = checks.length > 0 && checks.every(({ status }) => status === 'completed');
  const conclusions = checks.map(({ conclusion }) => conclusion);
  const isGood = conclusions.every((each) =>
    ['success', 'neutral', 'skipped'].includes(each ?? ''),
  );
  return {
    ...suite,
    headBranch: null,
    status: isComplete ? 'completed' : 'queued',
    conclusion: isComplete ? (isGood ? 'success' : 'failure') : null,
    updatedAt: Math.max(suite.createdAt, ...checks.map(({ completedAt }) => completedAt ?? 0)),
    checks: checks.length,
  };
}
