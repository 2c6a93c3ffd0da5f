/**
 * @typedef {object} Stage
 * @property {(text: string) => void} step what is being done now
 * @property {(text: string) => void} info a line worth keeping
 * @property {(text: string) => void} warn a line shown even when quiet
 * @property {(text?: string) => void} ok ends the stage
 * @property {() => void} close ends the stage after a failure
 */
/** @typedef {{ write(text: string): unknown, isTTY?: boolean, columns?: number }} Output */
/**
 * @typedef {object} ProgressOptions
 * @property {Output} [stream]
 * @property {boolean} [quiet]
 */

const LIVE_INTERVAL_MS = 250;
// Without a terminal a line now and then shows that the work is not stuck.
const PLAIN_INTERVAL_MS = 15_000;

/** @param {number} since @returns {string} */
function elapsed(since) {
  const seconds = (Date.now() - since) / 1000;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

/**
 * Reports stages on stderr, so that stdout stays free for results.
 * @param {ProgressOptions} [options]
 * @returns {{ stage(name: string): Stage }}
 */
export function createProgress({ stream = process.stderr, quiet = false } = {}) {
  return { stage: (name) => createStage(name, stream, quiet) };
}

/**
 * @param {string} name
 * @param {Output} stream
 * @param {boolean} quiet
 * @returns {Stage}
 */
function createStage(name, stream, quiet) {
  // A line that wraps could not be drawn over.
  const width = (stream.columns || 80) - 1;
  const live = Boolean(stream.isTTY) && !quiet;
  const started = Date.now();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  let current = '';
  let stepStarted = started;

  const print = (/** @type {string} */ text) => {
    stream.write(`${live ? '\r\x1b[K' : ''}${name}: ${text}\n`);
  };
  const tick = () => {
    const text = `${name}: ${current} (${elapsed(stepStarted)})`;
    stream.write(live ? `\r\x1b[K${text.slice(0, width)}` : `${text}\n`);
  };
  const close = () => {
    clearInterval(timer);
    if (live && current) stream.write('\r\x1b[K');
  };

  return {
    close,
    warn: (text) => print(`warning: ${text}`),
    info: (text) => void (quiet || print(text)),
    step(text) {
      if (quiet) return;
      [current, stepStarted] = [text, Date.now()];
      if (live) tick();
      else print(text);
      timer ??= setInterval(tick, live ? LIVE_INTERVAL_MS : PLAIN_INTERVAL_MS);
    },
    ok(text) {
      const time = current ? ` (${elapsed(started)})` : '';
      close();
      if (!quiet) print(`ok${text ? `, ${text}` : ''}${time}`);
    },
  };
}
