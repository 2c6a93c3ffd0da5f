import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { io } from 'socket.io-client';
import { expect, it } from 'vitest';
import { createMemoryLiveEvents } from '../../src/adapters/memory/live-events.ts';
import { jobIdOf } from '../../src/domain/ids.ts';
import { attachLiveServer } from '../../src/live/live-server.ts';
import { eventually } from '../support/eventually.ts';

it('tells everybody of jobs, and the lines of a job to those who watch it', async () => {
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const events = createMemoryLiveEvents();
  const live = attachLiveServer(http, events);
  const client = io(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, {
    transports: ['websocket'],
  });
  const heard: string[] = [];
  client.on('job', (event) => heard.push(`job ${event.job}`));
  client.on('lines', (event) => heard.push(event.text));
  client.emit('watch-job', 'job_1');
  client.emit('watch-job', { not: 'an id' });
  const line = (job: number) =>
    ({ kind: 'lines', job: jobIdOf(job), step: 1, text: `line of ${job}` }) as const;
  await eventually(() => {
    events.publish(line(2));
    events.publish(line(1));
    return heard.length > 0;
  }, 'a line');
  expect(new Set(heard)).toEqual(new Set(['line of 1']));
  events.publish({ kind: 'job', job: jobIdOf(2) });
  await eventually(() => heard.includes('job job_2'), 'the job event');
  client.close();
  await live[Symbol.asyncDispose]();
  expect(http.listening).toBe(false);
});
