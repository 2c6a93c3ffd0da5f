/** Something with a beginning and an end, started and stopped in order by `main`. */
export interface Part {
  readonly name: string;
  start(): Promise<void>;
  /** Takes no new work, finishes what is under way, then resolves. */
  stop(): Promise<void>;
}
