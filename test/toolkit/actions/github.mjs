/** An action on `@actions/github`: the context of the run, and the REST API with the job's token. */
import * as core from '@actions/core';
import { context, getOctokit } from '@actions/github';

const { rest, paginate } = getOctokit(core.getInput('token'));
const { data } = await rest.repos.get(context.repo);
core.setOutput('name', data.full_name);
core.setOutput('context', { event: context.eventName, ref: context.ref, job: context.job });
const query = { ...context.repo, run_id: context.runId, per_page: 1 };
const jobs = await paginate(rest.actions.listJobsForWorkflowRun, query);
core.setOutput('jobs', jobs.map((job) => job.name).sort());
const refused = rest.actions.listSelfHostedRunnersForRepo(context.repo);
core.setOutput('refused', await refused.catch((error) => error.status));
