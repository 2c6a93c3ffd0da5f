import { lockDataDir } from '../../src/adapters/embedded/lock-data-dir.ts';
import { startEmbeddedPostgres } from '../../src/adapters/embedded/start-embedded-postgres.ts';
import { createTestClock } from './clocks.ts';
import { createRecordingLog } from './logs.ts';

/** A hub that does nothing but hold its data folder and its database; prints the URL, then waits. */
const [dataDir = '', outsideDir = ''] = process.argv.slice(2);
lockDataDir(dataDir);
const clock = createTestClock();
const server = await startEmbeddedPostgres({
  dataDir,
  outsideDir,
  log: createRecordingLog(),
  clock,
});
process.stdout.write(`${server.url}\n`);
setInterval(() => {}, 60_000);
