import { stat } from 'node:fs/promises'
import type { OciDevice } from './oci-spec.ts'

// What privileged containers are asked for: file systems in user space (as upstream gives), tunnels, virtual machines.
const PATHS = ['/dev/fuse', '/dev/net/tun', '/dev/kvm']

/** Those of the devices that this machine has. */
export async function privilegedDevices(): Promise<readonly OciDevice[]> {
  const found = await Promise.all(PATHS.map(observeDevice))
  return found.filter((device) => device !== undefined)
}

async function observeDevice(path: string): Promise<OciDevice | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isCharacterDevice()) return undefined
  // makedev(3): twelve bits of major, twenty of minor, interleaved.
  const major = (found.rdev >> 8) & 0xfff
  const minor = (found.rdev & 0xff) | ((found.rdev >> 12) & 0xfff00)
  return { path, type: 'c', major, minor, fileMode: found.mode & 0o777 }
}
