/** Which npm packages can be imported from a folder, as Node looks them up. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Installed {
  /** The folder from which all of them are found. */
  folder: string;
  /** Version of the first. */
  version: string;
}

/** Looks packages up from each folder in turn; null when no folder has all of them. */
export function findInstalled(packages: readonly string[], folders: readonly string[]): Installed | null {
  for (const folder of folders) {
    const versions = packages.map((name) => versionOf(name, folder));
    if (versions.every((version) => version !== null)) return { folder, version: versions[0] ?? '' };
  }
  return null;
}

function versionOf(name: string, folder: string): string | null {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
    return String(version);
  } catch {
    const above = dirname(folder);
    return above === folder ? null : versionOf(name, above);
  }
}
