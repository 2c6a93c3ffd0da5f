import type { ContainerWish, Credentials } from '../actions/container-wish.ts';
import type { ContainerUsage } from '../domain/container-usage.ts';
import type { EgressNote } from '../domain/egress.ts';
import type { ExitStatus, OutputSink, StepHost } from './step-host.ts';

export interface RunningContainer {
  /** 64 hex digits. */
  readonly id: string;
}

/** `none`: it runs and has no check; `ended`: it has ended and had none. */
export type Health = 'none' | 'starting' | 'healthy' | 'unhealthy' | 'ended';

/** One run of an image to its end, for a stage of a Docker action. */
export interface ImageRun {
  readonly image: string;
  /** Absent: the image's own. */
  readonly entrypoint?: string;
  /** Absent: the image's own command. */
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The job's workspace, as the step host names it. */
  readonly workspace: string;
}

/** A port of the step host that leads to one of a service. */
export interface Forward {
  readonly port: number;
  readonly alias: string;
  readonly servicePort: number;
}

/** Folders of a step host, as a container of a Docker action sees them (protocol F.5). */
export const ACTION_PATHS = {
  workspace: '/github/workspace',
  home: '/github/home',
  workflow: '/github/workflow',
  fileCommands: '/github/file_commands',
  temp: '/github/runner_temp',
} as const;

/**
 * Containers beside that of one job, on its network and with its folders, for `container:`,
 * `services:` and Docker actions (protocol F.5, G.15). Everything ends with the job's container,
 * also after a crash of the hub.
 *
 * Throws `AppError`: `image-missing` and `docker-failed` with a message for the user, `docker-down`.
 */
export interface JobContainers {
  /** Name of the network that all of them share. */
  readonly network: string;
  /** Makes sure that the engine has the image; fetches it only when it has not. */
  pull(image: string, credentials: Credentials | null, stop: AbortSignal): Promise<void>;
  /** Builds an image from a folder of the step host; answers its id. */
  build(
    folder: string,
    dockerfile: string,
    output: OutputSink['stdout'],
    stop: AbortSignal,
  ): Promise<string>;
  /** A container for the steps, with its step host. */
  startForSteps(wish: ContainerWish): Promise<RunningContainer & { readonly host: StepHost }>;
  /** A service, known by `alias` in the network. */
  startService(alias: string, wish: ContainerWish): Promise<RunningContainer>;
  health(container: RunningContainer): Promise<Health>;
  /** The last lines of both streams; at most 1 MiB. */
  log(container: RunningContainer): Promise<string>;
  /** Makes ports of services answer at `localhost` of the step host. */
  forward(forwards: readonly Forward[]): Promise<void>;
  /** Runs an image; output and cancellation are as with `StepHost.exec`. */
  run(run: ImageRun, output: OutputSink, cancel: AbortSignal): Promise<ExitStatus>;
  /** What the proxy of a job with limited egress has noted so far; nothing where there is none. */
  egressNotes(): Promise<readonly EgressNote[]>;
  /** Ends and removes all that was started. Repeatable. */
  end(): Promise<void>;
}

/** The step host of a job's own container. */
export interface UnitHost extends StepHost {
  /** Absent where there can be none beside it. */
  readonly containers?: JobContainers;
  /** What it has used since it was opened. */
  usage?(): Promise<ContainerUsage>;
  /** Set where its pool limits what it may write to the disk. */
  readonly disk?: { readonly limitBytes: number; used(): Promise<number> };
}
