/**
 * A problem that the person at the keyboard can do something about: it is
 * shown as a message and the exact commands to run, never as a stack trace.
 */
export class SetUpError extends Error {
  /**
   * @param {string} message what is wrong, one sentence
   * @param {string[]} [advice] lines that say what to do
   */
  constructor(message, advice = []) {
    super(message);
    this.name = 'SetUpError';
    this.advice = advice;
  }
}
