/**
 * The version of the official runner whose behavior we follow. GitHub offers no jobs to versions
 * that it holds for too old (protocol B.3), so this must be raised about once a year.
 */
export const RUNNER_VERSION = '2.336.0';
