/**
 * Only processes of root get these: a step user has none, and no-new-privileges keeps it so. They
 * let the hub's own root commands and pools that run as root manage the container's files
 * (CHOWN, DAC_OVERRIDE, FOWNER), end the steps' processes (KILL) and let package managers change to
 * their sandbox user (SETUID, SETGID). Not given, though Docker would: raw sockets, device nodes,
 * file capabilities, chroot, audit writing, setpcap, fsetid, low ports (open to all since 20.10).
 */
export const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETUID', 'SETGID'];
