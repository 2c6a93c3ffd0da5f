import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { eventually } from './standin/eventually.ts';
import { faultsOf } from './standin/faults.ts';
import { Fixture } from './standin/fixture.ts';

let github: Fixture;
let faults: ReturnType<typeof faultsOf>;
let hook: string;
/** Guids as they arrived. */
let received: string[] = [];
const receiver = createServer((request, response) => {
  request.resume();
  received.push(String(request.headers['x-github-delivery']));
  response.writeHead(200).end();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  github = await Fixture.start();
  faults = faultsOf(github);
  await github.repository('octo/one', {});
  const { port } = receiver.address() as AddressInfo;
  const { body } = await github.post('/repos/octo/one/hooks', {
    ...{ name: 'web', events: ['push'], config: { url: `http://127.0.0.1:${port}/` } },
  });
  hook = `/repos/octo/one/hooks/${body.id}`;
  await eventually('first ping', () => received.length === 1 || undefined);
});
afterEach(async () => {
  await faults.set([]);
  received = [];
});
afterAll(async () => {
  await github.stop();
  receiver.close();
  expect(github.errors).toEqual([]);
});

const ping = () => github.post(`${hook}/pings`);
const arrived = (count: number) =>
  eventually(`${count} arrived`, () => received.length >= count || undefined);

it('are lost', async () => {
  received = [];
  await faults.set([{ kind: 'webhook-lost', event: 'ping', count: 1 }]);
  await ping();
  await ping();
  await arrived(1);
  expect(await faults.total('webhook-lost')).toBe(1);
  const [lost] = await faults.log();
  expect(received).not.toContain(lost.subject);
});
it('come twice, with the same guid', async () => {
  await faults.set([{ kind: 'webhook-doubled', count: 1 }]);
  await ping();
  await arrived(2);
  expect(received[1]).toBe(received[0]);
});
it('come late', async () => {
  await faults.set([{ kind: 'webhook-delayed', delay: '30s', count: 1 }]);
  await ping();
  await ping();
  await arrived(1);
  const [late] = await faults.log();
  expect(received).not.toContain(late.subject);
  github.clock.advance(31_000);
  await arrived(2);
  expect(received[1]).toBe(late.subject);
});
it('are overtaken by the next one', async () => {
  await faults.set([{ kind: 'webhook-reordered', within: '1h', count: 1 }]);
  await ping();
  await ping();
  await arrived(2);
  const [overtaken] = await faults.log();
  expect(received[1]).toBe(overtaken.subject);
});
it('that were to come later come after a restart, too', async () => {
  await faults.set([{ kind: 'webhook-delayed', delay: '30s', count: 1 }]);
  await ping();
  await github.restart();
  expect(received).toEqual([]);
  github.clock.advance(31_000);
  await arrived(1);
});
