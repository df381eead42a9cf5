import { readFileSync } from 'node:fs';

/** Parts of the system that devices need. */
type SystemPart = 'vulkanLoader' | 'vulkanDriver';

interface Distribution {
  /** Words of ID and ID_LIKE in /etc/os-release. */
  ids: readonly string[];
  install: string;
  packages: Readonly<Record<SystemPart, string>>;
}

const debian: Distribution = {
  ids: ['debian', 'ubuntu'],
  install: 'apt-get install',
  packages: { vulkanLoader: 'libvulkan1', vulkanDriver: 'mesa-vulkan-drivers' },
};

const distributions: readonly Distribution[] = [
  debian,
  {
    ids: ['fedora', 'rhel'],
    install: 'dnf install',
    packages: { vulkanLoader: 'vulkan-loader', vulkanDriver: 'mesa-vulkan-drivers' },
  },
  {
    ids: ['arch'],
    install: 'pacman -S',
    packages: { vulkanLoader: 'vulkan-icd-loader', vulkanDriver: 'mesa' },
  },
];

/** The command that installs a part of the system on this distribution; Debian's, and its name, where it is not known. */
export function installCommand(part: SystemPart, release: string = readRelease()): string {
  const words = [...release.matchAll(/^ID(?:_LIKE)?="?(?<ids>[^"\n]*)"?$/gm)].flatMap(
    ({ groups }) => groups?.['ids']?.split(' ') ?? [],
  );
  const own = distributions.find(({ ids }) => ids.some((id) => words.includes(id)));
  const { install, packages } = own ?? debian;
  const command = `${install} ${packages[part]}`;
  return own === undefined ? `Debian: ${command}` : command;
}

function readRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    // No Linux, or one that does not say which.
    return '';
  }
}
