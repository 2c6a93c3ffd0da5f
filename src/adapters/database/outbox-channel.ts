/** The NOTIFY channel that says that the outbox has grown. Notices reach listeners at commit. */
export const OUTBOX_CHANNEL = 'runnerhub_outbox';
