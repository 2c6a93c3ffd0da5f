/** An action on `@actions/core`: every command, and an identity token that others can verify. */
import * as core from '@actions/core';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const AUDIENCE = 'sts.example.com';

async function main() {
  const name = core.getInput('name', { required: true });
  core.setSecret('a-made-up-secret');
  core.info(`Hello ${name}, here is a-made-up-secret`);
  core.notice('Look here', { title: 'A notice', file: 'a.txt', startLine: 3 });
  core.exportVariable('FROM_ACTION', 'first line\nsecond line');
  core.addPath('/opt/from-action');
  core.saveState('name', name);
  await core.group('A group', async () => core.info('inside'));
  await core.summary.addHeading('Result').addCodeBlock(name).write();
  core.setOutput('greeting', `Hello ${name}`);
  core.setOutput('list', ['a', 1]);
  core.setOutput('identity', await identity());
}

/** Verifies the token as a cloud would: issuer, discovery, keys, audience. */
async function identity() {
  const token = await core.getIDToken(AUDIENCE);
  const { iss } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
  const discovery = await fetch(`${iss}/.well-known/openid-configuration`);
  const { issuer, jwks_uri: keys } = await discovery.json();
  const options = { issuer, audience: AUDIENCE };
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(keys)), options);
  return payload.sub;
}

const earlier = core.getState('name');
if (earlier === '') await main().catch(core.setFailed);
else core.info(`Good-bye ${earlier}`);
