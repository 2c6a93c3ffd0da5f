import type { Readable } from 'node:stream';

/** A repository at a ref, as `uses: owner/name[/path]@ref` names it; the path is not part of it. */
export interface ActionReference {
  /** `owner/name`. */
  readonly repository: string;
  /** Branch, tag or commit. */
  readonly ref: string;
}

/** What a reference stands for now (protocol F.1). */
export interface ResolvedAction extends ActionReference {
  /** 40 hex digits. */
  readonly sha: string;
  /** Secrets that came with the answer; to be masked before anything is logged. */
  readonly secrets: readonly string[];
}

/**
 * Where the actions of one job come from. Made for one job: it holds that job's token.
 *
 * Throws `AppError` with a message for the user: `action-missing` for a repository or ref that is not
 * there or may not be read, `action-unusable` for an archive that is broken or leaves its folder,
 * `github-unreachable` when GitHub did not answer after all tries.
 */
export interface ActionSource {
  /** One answer per reference, in their order. */
  resolve(
    references: readonly ActionReference[],
    signal: AbortSignal,
  ): Promise<readonly ResolvedAction[]>;
  /**
   * The content as an uncompressed tar without the archive's top folder; no member and no link
   * leaves the folder it is unpacked to. Fetched once per SHA, then read from the hub's cache.
   */
  open(action: ResolvedAction, signal: AbortSignal): Promise<Readable>;
}
