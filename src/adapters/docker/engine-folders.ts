import type Dockerode from 'dockerode';
import { pack } from 'tar-stream';
import { AppError } from '../../domain/errors.ts';
import { asking } from './engine-errors.ts';
import { execText } from './engine-exec.ts';
import { CONTAINER_PATHS, STEP_USER_FOLDERS } from './engine-layout.ts';

const { home } = CONTAINER_PATHS;

interface StepUser {
  readonly uid: number;
  readonly gid: number;
  readonly ownsHome: boolean;
}

/** A started container, and what tells who its step user is. */
export interface FolderWish {
  readonly container: Dockerode.Container;
  /** Id of its image. */
  readonly image: string;
  readonly user: string;
  readonly readOnlyRoot: boolean;
}

export type MakeFolders = (wish: FolderWish) => Promise<void>;

/**
 * Makes the step user's folders in a started container. They are unpacked by the engine, for root in
 * the container may not be able to. On a read-only root the engine writes to the volume of the home
 * only; where the image has no such folder it belongs to root, who may then at least open it to all.
 * Who the user is, is looked up once per image.
 */
export function createFolderMaker(): MakeFolders {
  const known = new Map<string, Promise<StepUser>>();
  const ownerOf = ({ container, image, user, readOnlyRoot }: FolderWish): Promise<StepUser> => {
    const key = JSON.stringify([image, user, readOnlyRoot]);
    const owner = known.get(key) ?? lookAtUser(container, user);
    known.set(key, owner);
    owner.catch(() => known.delete(key));
    return owner;
  };
  return async (wish) => {
    const { container, readOnlyRoot } = wish;
    const owner = await ownerOf(wish);
    if (!readOnlyRoot) return unpackFolders(container, owner, '/', STEP_USER_FOLDERS);
    if (!owner.ownsHome) await execText(container, '0', ['chmod', '1777', home]);
    const below = STEP_USER_FOLDERS.filter((path) => path !== home);
    await unpackFolders(container, owner, home, below);
  };
}

/** The ids come from a command in the container. */
async function lookAtUser(container: Dockerode.Container, user: string): Promise<StepUser> {
  const look = `echo "$(id -u):$(id -g):$([ -w ${home} ] && echo w)"`;
  const said = await execText(container, user, ['/bin/sh', '-c', look]);
  const match = /^(\d+):(\d+):(w?)$/.exec(said.trim());
  if (match === null) {
    throw new AppError('docker-failed', 'checking a container: it does not run commands');
  }
  return { uid: Number(match[1]), gid: Number(match[2]), ownsHome: match[3] === 'w' };
}

async function unpackFolders(
  container: Dockerode.Container,
  { uid, gid }: StepUser,
  root: string,
  folders: readonly string[],
): Promise<void> {
  const archive = pack();
  for (const path of folders) {
    const name = path.slice(root === '/' ? 1 : root.length + 1);
    archive.entry({ name, type: 'directory', mode: 0o755, uid, gid });
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(Buffer.from(chunk as Uint8Array));
  await asking('preparing the folders', () =>
    container.putArchive(Buffer.concat(chunks), { path: root }),
  );
}
