import { githubError, notFound } from '../../http/refusal.ts';
import { param, query } from '../../http/request.ts';
import { artifactJson } from '../../present/artifacts.ts';
import { artifactsOf, forget } from '../../results/artifacts.ts';
import { artifactName } from '../../results/blobs.ts';
import type { Artifact, Run } from '../../state/model.ts';
import { numberOf, repositoryOf, runOf } from '../lookup.ts';
import {
  type Answer,
  type Call,
  listed,
  noContent,
  type Operation,
  ok,
  redirect,
} from '../operation.ts';
import { runsOf } from './runs.ts';

const ACTIONS = '/repos/{owner}/{repo}/actions';
const ONE = `${ACTIONS}/artifacts/{artifact_id}`;

/** Artifacts of runs and repositories; expired ones are gone. */
export const ARTIFACT_OPERATIONS: readonly Operation[] = [
  {
    id: 'actions/list-artifacts-for-repo',
    method: 'GET',
    path: `${ACTIONS}/artifacts`,
    access: 'actions=read',
    answer: (call) => list(call, runsOf(call)),
  },
  {
    id: 'actions/list-workflow-run-artifacts',
    method: 'GET',
    path: `${ACTIONS}/runs/{run_id}/artifacts`,
    access: 'actions=read',
    answer: (call) => list(call, [runOf(call)]),
  },
  {
    id: 'actions/get-artifact',
    method: 'GET',
    path: ONE,
    access: 'actions=read',
    answer: (call) => ok(artifactJson(artifactOf(call), call.url)),
  },
  {
    id: 'actions/delete-artifact',
    method: 'DELETE',
    path: ONE,
    access: 'actions=write',
    answer: async (call) => {
      await forget(call.world, artifactOf(call));
      return noContent();
    },
  },
  {
    id: 'actions/download-artifact',
    method: 'GET',
    path: `${ONE}/{archive_format}`,
    access: 'actions=read',
    answer: (call) => {
      const { id } = artifactOf(call);
      if (param(call.request, 'archive_format') !== 'zip') {
        throw githubError(422, 'The archive format must be zip');
      }
      return redirect(`${call.url}${call.world.blobs.signedPath(artifactName(id), 'r')}`);
    },
  },
];

function list(call: Call, runs: readonly Run[]): Answer {
  const { store, clock } = call.world;
  const name = query(call.request, 'name');
  const artifacts = runs
    .flatMap((run) => artifactsOf(store, clock, run))
    .filter((artifact) => name === undefined || artifact.name === name);
  return listed(call, 'artifacts', artifacts, (artifact) => artifactJson(artifact, call.url));
}

function artifactOf(call: Call): Artifact {
  const { store, clock } = call.world;
  const repository = repositoryOf(call);
  const artifact = store.artifacts.get(numberOf(call, 'artifact_id'));
  if (artifact?.job.run.repository !== repository) throw notFound();
  if (!artifactsOf(store, clock, artifact.job.run).includes(artifact)) throw notFound();
  return artifact;
}
