import { z } from 'zod';
import type { WireStepUpdate } from '../../contract/runner-protocol.ts';
import { AppError } from '../../domain/errors.ts';
import type { ResultsService } from '../../ports/runner-protocol.ts';
import type { LiveFeed } from './live-feed.ts';
import {
  putBlob,
  RECEIVER,
  type ResultsDeps,
  runIds,
  twirp,
  twirpOk,
  wireInstant,
} from './results-api.ts';
import { openBlobLog } from './results-log.ts';
import { REPORT_RETRIES, retrying } from './retry.ts';

const UPDATES = 'twirp/github.actions.results.api.v1.WorkflowStepUpdateService/WorkflowStepsUpdate';

const summaryTarget = z.looseObject({
  summary_url: z.string(),
  soft_size_limit: z.coerce.number().nullish(),
  blob_storage_type: z.string().nullish(),
});

/** The results service of one job (protocol E). Step updates go out one after the other. */
export function createResultsService(deps: ResultsDeps, feed: LiveFeed): ResultsService {
  let changeOrder = 0;
  let previous: Promise<unknown> = Promise.resolve();

  const sendSteps = async (steps: readonly WireStepUpdate[]): Promise<void> => {
    changeOrder += 1;
    await twirpOk(deps, UPDATES, { change_order: changeOrder, ...runIds(deps), steps });
  };

  return {
    async updateSteps(steps) {
      const turn = previous.then(() => sendSteps(steps));
      previous = turn.catch(() => undefined);
      await turn;
    },
    openLog: (stepId) => openBlobLog(deps, stepId),
    uploadSummary: (stepId, markdown) => uploadSummary(deps, stepId, markdown),
    feed: (stepId, startLine, lines) => feed.send(stepId, startLine, lines),
    close: () => feed.close(),
  };
}

async function uploadSummary(
  deps: ResultsDeps,
  stepId: string,
  markdown: Uint8Array,
): Promise<void> {
  const ids = { ...runIds(deps), step_backend_id: stepId };
  await retrying(deps.clock, REPORT_RETRIES, undefined, async () => {
    const path = `${RECEIVER}/GetStepSummarySignedBlobURL`;
    const target = await twirp(deps, path, ids, summaryTarget);
    if (target.soft_size_limit && markdown.length > target.soft_size_limit) {
      const detail = `summary of ${markdown.length} bytes is over the limit of ${target.soft_size_limit}`;
      throw new AppError('payload-too-large', detail);
    }
    await putBlob(deps, {
      target: {
        url: target.summary_url,
        azure: target.blob_storage_type === 'BLOB_STORAGE_TYPE_AZURE',
      },
      body: markdown,
      azureHeaders: { 'x-ms-blob-type': 'BlockBlob' },
    });
  });
  await twirpOk(deps, `${RECEIVER}/CreateStepSummaryMetadata`, {
    ...ids,
    size: markdown.length,
    uploaded_at: wireInstant(deps.clock.now()),
  });
}

/** For a job whose message names no results service: there is nobody to report to. */
export const noResultsService = (): ResultsService => ({
  updateSteps: async () => undefined,
  openLog: () => null,
  uploadSummary: async () => undefined,
  feed: () => undefined,
  close: async () => undefined,
});
