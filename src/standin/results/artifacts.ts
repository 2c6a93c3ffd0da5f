import type { Router } from 'express';
import { z } from 'zod';
import { type StandinClock, wireTime } from '../dependencies.ts';
import { twirpError } from '../http/refusal.ts';
import type { Artifact, Job, Run } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { artifactName } from './blobs.ts';
import { type Call, createTwirp, jobScope, type TwirpDeps } from './twirp.ts';

interface Deps extends TwirpDeps {
  readonly clock: StandinClock;
}

const SERVICE = '/twirp/github.actions.results.api.v1.ArtifactService';
const RETENTION_MS = 90 * 24 * 3_600_000;

/** Characters that file systems refuse, as the toolkit refuses them. */
const NAME = /^[^\\/":<>|*?\r\n]+$/;

const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'not a timestamp');
const named = jobScope.extend({ name: z.string().regex(NAME, 'not an artifact name') });
const create = named.extend({ version: z.number(), expires_at: instant.nullish() });
const finalize = named.extend({ size: z.coerce.number(), hash: z.string().nullish() });
const list = jobScope.extend({
  name_filter: z.string().nullish(),
  id_filter: z.coerce.string().nullish(),
});

/** Artifacts, version 4: Twirp beside the blob storage (protocol F.7). */
export function artifactServiceRoutes(deps: Deps): Router {
  const { store, clock, blobs } = deps;
  const { router, method } = createTwirp(deps, 'run');

  const find = (run: Run, name: string): Artifact => {
    const artifact = artifactsOf(store, clock, run).find((each) => each.name === name);
    if (artifact === undefined) throw twirpError(404, 'not_found', 'artifact not found');
    return artifact;
  };

  method(`${SERVICE}/CreateArtifact`, create, async ({ job, body, base }) => {
    const artifact = await begin(deps, job, body.name, body.expires_at ?? null);
    const path = blobs.signedPath(artifactName(artifact.id), 'rw');
    return { ok: true, signed_upload_url: `${base}${path}` };
  });
  method(`${SERVICE}/FinalizeArtifact`, finalize, (call) => finish(deps, call));
  method(`${SERVICE}/ListArtifacts`, list, ({ job, body }) => {
    const artifacts = artifactsOf(store, clock, job.run)
      .filter(({ name }) => name === (body.name_filter ?? name))
      .filter(({ id }) => String(id) === (body.id_filter ?? String(id)));
    return { artifacts: artifacts.map(artifactJson) };
  });
  method(`${SERVICE}/GetSignedArtifactURL`, named, ({ job, body, base }) => {
    const name = artifactName(find(job.run, body.name).id);
    return { signed_url: `${base}${blobs.signedPath(name, 'r')}` };
  });
  method(`${SERVICE}/DeleteArtifact`, named, async ({ job, body }) => {
    const artifact = find(job.run, body.name);
    await forget(deps, artifact);
    return { ok: true, artifact_id: String(artifact.id) };
  });
  return router;
}

/** Deletes an artifact with its content. */
export async function forget(
  { store, blobs }: Pick<Deps, 'store' | 'blobs'>,
  { id }: Artifact,
): Promise<void> {
  store.artifacts.delete(id);
  await blobs.remove(artifactName(id));
}

/** Complete artifacts of a run that have not expired, newest first. */
export function artifactsOf(store: Store, clock: StandinClock, run: Run): readonly Artifact[] {
  const all = [...store.artifacts.values()].filter(
    ({ complete, expiresAt, job }) => job.run.id === run.id && complete && expiresAt > clock.now(),
  );
  return all.reverse();
}

/** An artifact to upload; one of this name whose upload never ended makes room. */
async function begin(
  deps: Deps,
  job: Job,
  name: string,
  expiresAt: string | null,
): Promise<Artifact> {
  const { store, clock, blobs } = deps;
  const other = [...store.artifacts.values()].find(
    (each) => each.job.run === job.run && each.name === name,
  );
  if (other?.complete === true) {
    const message = 'an artifact with this name already exists on the workflow run';
    throw twirpError(409, 'already_exists', message);
  }
  const now = clock.now();
  const latest = now + RETENTION_MS;
  const artifact: Artifact = {
    ...{ id: store.nextId(), job, name, createdAt: now, size: 0, digest: null, complete: false },
    expiresAt: expiresAt === null ? latest : Math.min(Date.parse(expiresAt), latest),
  };
  store.artifacts.set(artifact.id, artifact);
  blobs.describe(artifactName(artifact.id), { fileName: name });
  // Last, so that nobody comes between the look and the entry.
  if (other !== undefined) await forget(deps, other);
  return artifact;
}

async function finish({ store, blobs }: Deps, { job, body }: Call<z.infer<typeof finalize>>) {
  const artifact = [...store.artifacts.values()].find(
    (each) => each.job === job && each.name === body.name && !each.complete,
  );
  const size = artifact && (await blobs.sizeOf(artifactName(artifact.id)));
  if (artifact === undefined || typeof size !== 'number') {
    throw twirpError(404, 'not_found', 'there is no upload of this name');
  }
  if (size !== body.size) throw twirpError(400, 'invalid_argument', 'the size is another one');
  blobs.seal(artifactName(artifact.id));
  store.artifacts.touch(artifact.id);
  Object.assign(artifact, { size, digest: body.hash ?? null, complete: true });
  return { ok: true, artifact_id: String(artifact.id) };
}

/** 64-bit numbers are strings, as protobuf writes them in JSON. */
const artifactJson = ({ id, job, name, size, createdAt, digest }: Artifact) => ({
  workflow_run_backend_id: job.run.planId,
  workflow_job_run_backend_id: job.backendId,
  database_id: String(id),
  name,
  size: String(size),
  created_at: wireTime(createdAt),
  ...(digest === null ? {} : { digest }),
});
