import type Dockerode from 'dockerode';
import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { dockerError, statusOf } from './engine-errors.ts';
import { LABELS } from './engine-layout.ts';

const engineEvent = z.looseObject({
  Action: z.string(),
  id: z.string().optional(),
  Actor: z.looseObject({ ID: z.string(), Attributes: z.record(z.string(), z.string()).optional() }),
});

const RECONNECT_MS = 500;

export interface WatchDeps {
  /** Without a time limit, for the event stream. */
  readonly docker: Dockerode;
  /** With a time limit of a few seconds. */
  readonly pinger: Dockerode;
  readonly clock: Clock;
  readonly log: Log;
}

type OnEnd = (why: string) => void;

/**
 * Tells once when a watched container ends. One event stream serves all; it is opened with the
 * first watch, reopened when it breaks (and then every watched container is looked at, so that no
 * end is missed), and closed with the last watch. An engine that went away says nothing: whoever
 * pings it (services/host-monitor) must tell.
 */
export class EndWatcher {
  readonly #deps: WatchDeps;
  readonly #watched = new Map<string, Set<OnEnd>>();
  readonly #outOfMemory = new Set<string>();
  #idle: AbortController | null = null;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  watch(id: string, onEnd: OnEnd): Disposable {
    const listeners = this.#watched.get(id) ?? new Set();
    listeners.add(onEnd);
    this.#watched.set(id, listeners);
    if (this.#idle === null) this.#start();
    else void this.#look(id);
    return {
      [Symbol.dispose]: () => {
        listeners.delete(onEnd);
        if (listeners.size === 0) this.forget(id);
      },
    };
  }

  /** The container is about to be destroyed by us: nobody is told. */
  forget(id: string): void {
    this.#watched.delete(id);
    this.#outOfMemory.delete(id);
    if (this.#watched.size > 0) return;
    this.#idle?.abort();
    this.#idle = null;
  }

  #start(): void {
    const idle = new AbortController();
    this.#idle = idle;
    void this.#follow(idle.signal);
  }

  #end(id: string, why: string): void {
    const listeners = [...(this.#watched.get(id) ?? [])];
    this.forget(id);
    for (const onEnd of listeners) onEnd(why);
  }

  async #follow(idle: AbortSignal): Promise<void> {
    while (!idle.aborted) {
      try {
        await this.#readEvents(idle);
      } catch (error) {
        if (!idle.aborted) {
          const detail = dockerError('following events', error).message;
          this.#deps.log.debug('event stream broke', { detail });
        }
      }
      await this.#deps.clock.sleep(RECONNECT_MS, idle);
    }
  }

  async #readEvents(idle: AbortSignal): Promise<void> {
    const stream = await this.#deps.docker.getEvents({
      filters: { type: ['container'], event: ['die', 'oom'], label: [LABELS.installation] },
      abortSignal: idle,
    });
    for (const id of [...this.#watched.keys()]) void this.#look(id);
    let rest = '';
    for await (const chunk of stream) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#accept(line);
    }
  }

  #accept(line: string): void {
    const event = parseEvent(line);
    if (event === null || !this.#watched.has(event.Actor.ID)) return;
    const id = event.Actor.ID;
    if (event.Action === 'oom') {
      this.#outOfMemory.add(id);
      return;
    }
    const memory = this.#outOfMemory.has(id) ? ', out of memory' : '';
    this.#end(id, `the container ended with code ${event.Actor.Attributes?.['exitCode']}${memory}`);
  }

  /** Whether a container has ended while nobody listened. */
  async #look(id: string): Promise<void> {
    try {
      const { State } = await this.#deps.pinger.getContainer(id).inspect();
      if (!State.Running) this.#end(id, `the container ended with code ${State.ExitCode}`);
    } catch (error) {
      // Whether the engine itself is down is the business of those who ping it.
      if (statusOf(error) === 404) this.#end(id, 'the container was removed');
    }
  }
}

function parseEvent(line: string): z.infer<typeof engineEvent> | null {
  try {
    const event = engineEvent.safeParse(JSON.parse(line));
    return event.success ? event.data : null;
  } catch {
    return null;
  }
}
