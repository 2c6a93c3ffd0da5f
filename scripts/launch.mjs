/**
 * Starts the program from a clone without a build by hand: installs the npm packages where they are
 * missing, bundles the sources where they changed, then runs the bundle.
 */
import { build, bundlePath, isStale, projectRoot } from './build.mjs';
import { ensureDependencies, hasDependencies } from './setup/dependencies.mjs';

if (!hasDependencies(projectRoot)) await ensureDependencies(projectRoot);
if (isStale()) await build();
await import(bundlePath);
