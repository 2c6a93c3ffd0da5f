import type { Server as HttpServer } from 'node:http';
import { Server } from 'socket.io';
import type { LiveEvent, LiveEvents } from '../ports/live-events.ts';

/**
 * Live events over Socket.IO, on the HTTP server of the API. Everybody hears of jobs and pools; the
 * lines of a job go only to those who asked with `watch-job`. An event may be lost: clients refetch
 * the truth from the API when they connect again.
 */
export function attachLiveServer(http: HttpServer, events: LiveEvents): AsyncDisposable {
  const io = new Server(http, { serveClient: false, maxHttpBufferSize: 64 * 1024 });
  io.on('connection', (socket) => {
    socket.on('watch-job', (job: unknown) => {
      if (isJobId(job)) void socket.join(job);
    });
    socket.on('unwatch-job', (job: unknown) => {
      if (isJobId(job)) void socket.leave(job);
    });
  });
  const subscription = events.subscribe((event) => publish(io, event));
  return {
    [Symbol.asyncDispose]: async () => {
      subscription[Symbol.dispose]();
      await io.close();
    },
  };
}

function publish(io: Server, event: LiveEvent): void {
  if (event.kind !== 'lines') io.emit(event.kind, event);
  else if (io.sockets.adapter.rooms.has(event.job)) io.to(event.job).emit('lines', event);
}

const isJobId = (value: unknown): value is string =>
  typeof value === 'string' && /^job_\d{1,20}$/.test(value);
