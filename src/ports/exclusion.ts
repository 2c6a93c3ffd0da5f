/** Work that only one caller may do at a time, among all hub instances on one database. */
export interface Exclusion {
  /**
   * Runs `work` while nobody else runs work under the same name. Waits for its turn; throws
   * `AppError('timeout')` when the turn did not come within half a minute. The turn ends with the
   * work, and also with the process or its connection.
   */
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
}
