import { z } from 'zod';
import { githubError, notFound } from '../../http/refusal.ts';
import { bodyOf, param } from '../../http/request.ts';
import { isReadOnlyLabel, labelsJson } from '../../present/runners.ts';
import type { Runner } from '../../state/model.ts';
import { type Answer, type Call, type Operation, ok } from '../operation.ts';
import { scoped } from '../scoped.ts';
import { READ, WRITE } from './access.ts';
import { runnerOf } from './lookup.ts';

const MAX_LABELS = 100;
const label = z.string().min(1).max(256);
const some = z.looseObject({ labels: z.array(label).min(1).max(MAX_LABELS) });
const any = z.looseObject({ labels: z.array(label).max(MAX_LABELS) });

/** Labels of a runner. Those that registration gives are read-only: they stay whatever is asked for. */
export const LABEL_OPERATIONS: readonly Operation[] = [
  ...scoped(
    {
      repo: 'actions/list-labels-for-self-hosted-runner-for-repo',
      org: 'actions/list-labels-for-self-hosted-runner-for-org',
      enterprise: 'enterprise-admin/list-labels-for-self-hosted-runner-for-enterprise',
    },
    READ,
    {
      method: 'GET',
      path: '/actions/runners/{runner_id}/labels',
      answer: (call) => shown(runnerOf(call)),
    },
  ),
  ...scoped(
    {
      repo: 'actions/add-custom-labels-to-self-hosted-runner-for-repo',
      org: 'actions/add-custom-labels-to-self-hosted-runner-for-org',
      enterprise: 'enterprise-admin/add-custom-labels-to-self-hosted-runner-for-enterprise',
    },
    WRITE,
    {
      method: 'POST',
      path: '/actions/runners/{runner_id}/labels',
      answer: (call) => {
        const runner = runnerOf(call);
        return relabel(call, runner, [...runner.labels, ...bodyOf(call.request, some).labels]);
      },
    },
  ),
  ...scoped(
    {
      repo: 'actions/set-custom-labels-for-self-hosted-runner-for-repo',
      org: 'actions/set-custom-labels-for-self-hosted-runner-for-org',
      enterprise: 'enterprise-admin/set-custom-labels-for-self-hosted-runner-for-enterprise',
    },
    WRITE,
    {
      method: 'PUT',
      path: '/actions/runners/{runner_id}/labels',
      answer: (call) => {
        const runner = runnerOf(call);
        const { labels } = bodyOf(call.request, any);
        return relabel(call, runner, [...runner.labels.filter(isReadOnlyLabel), ...labels]);
      },
    },
  ),
  ...scoped(
    {
      repo: 'actions/remove-all-custom-labels-from-self-hosted-runner-for-repo',
      org: 'actions/remove-all-custom-labels-from-self-hosted-runner-for-org',
      enterprise:
        'enterprise-admin/remove-all-custom-labels-from-self-hosted-runner-for-enterprise',
    },
    WRITE,
    {
      method: 'DELETE',
      path: '/actions/runners/{runner_id}/labels',
      answer: (call) => {
        const runner = runnerOf(call);
        return relabel(call, runner, runner.labels.filter(isReadOnlyLabel));
      },
    },
  ),
  ...scoped(
    {
      repo: 'actions/remove-custom-label-from-self-hosted-runner-for-repo',
      org: 'actions/remove-custom-label-from-self-hosted-runner-for-org',
      enterprise: 'enterprise-admin/remove-custom-label-from-self-hosted-runner-for-enterprise',
    },
    WRITE,
    {
      method: 'DELETE',
      path: '/actions/runners/{runner_id}/labels/{name}',
      answer: removeOne,
    },
  ),
];

const shown = (runner: Runner): Answer =>
  ok({ total_count: runner.labels.length, labels: labelsJson(runner) });

/** New labels, which may let a waiting job fit. */
function relabel(call: Call, runner: Runner, labels: readonly string[]): Answer {
  runner.labels = [...new Set(labels.map((each) => each.toLowerCase()))];
  call.world.offers.offerJobs();
  return shown(runner);
}

function removeOne(call: Call): Answer {
  const runner = runnerOf(call);
  const name = param(call.request, 'name').toLowerCase();
  if (!runner.labels.includes(name)) throw notFound();
  if (isReadOnlyLabel(name)) throw githubError(422, `Cannot remove the read-only label ${name}`);
  return relabel(
    call,
    runner,
    runner.labels.filter((each) => each !== name),
  );
}
