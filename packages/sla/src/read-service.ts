import { editDistance } from '@oakestra/base'
import { BALANCING_POLICIES, type BalancingPolicy, formatAddress, parseAddress } from './address-plan.ts'
import { readConnectivity } from './connectivity.ts'
import { readConstraints } from './constraints.ts'
import type { Note, ResourceRequest, ServiceDescriptor, VolumeRequest, WantedAddresses, WantedPair } from './descriptor.ts'
import { gatewaySchema, readGateway } from './gateway.ts'
import { LIFE_FIELDS } from './life-schema.ts'
import { parsePorts } from './ports.ts'
import { noteIdle, readLife } from './read-life.ts'
import { type ServiceDocument, serviceSchema } from './schema.ts'
import { type Path, pathText } from './violations.ts'

/** Turns a valid service document into our words. `source` is what the user sent. */
export function readService(document: ServiceDocument, source: object, path: Path, notes: Note[]): ServiceDescriptor {
  noteIgnored(document, path, notes)
  noteIdle(document, path, notes)
  noteAllSlips(document, path, notes)
  return {
    name: document.microservice_name,
    namespace: document.microservice_namespace,
    virtualization: document.virtualization === 'docker' ? 'container' : document.virtualization,
    image: document.code || document.image || '',
    command: readCommand(document.cmd),
    environment: (document.environment ?? document.env ?? []).filter((entry) => entry !== ''),
    resources: readResources(document),
    ports: readPorts(document.port),
    ...(document.gateway ? { gateway: readGateway(document.gateway) } : {}),
    oneShot: document.one_shot ?? false,
    privileged: document.privileged ?? false,
    architectures: readArchitectures(document.arch),
    addresses: readAddresses(document.addresses),
    constraints: readConstraints(document.constraints ?? [], [...path, 'constraints'], notes),
    volumes: (document.volumes ?? []).map(readVolume),
    ...readConnections(document, path, notes),
    ...readLife(document),
    source: { ...source },
  }
}

function noteIgnored(document: ServiceDocument, path: Path, notes: Note[]): void {
  if (document.microserviceID) notes.push({ path: pathText([...path, 'microserviceID']), text: 'a new service gets an id of its own' })
  if (document.args?.some((argument) => argument !== '')) notes.push({ path: pathText([...path, 'args']), text: 'has no effect: use cmd' })
  if (document.added_files?.some((file) => file !== '')) notes.push({ path: pathText([...path, 'added_files']), text: 'has no effect' })
}

// Longer than every known one, and than what is worth comparing.
const FIELD_LENGTH_MAX = 40

function noteAllSlips(document: ServiceDocument, path: Path, notes: Note[]): void {
  noteSlips(document, { of: 'a service', known: Object.keys(serviceSchema.shape) }, path, notes)
  for (const part of ['health_check', 'disconnect', 'update'] as const) {
    noteSlips(document[part] ?? {}, { of: part, known: LIFE_FIELDS[part] }, [...path, part], notes)
  }
  noteSlips(document.gateway ?? {}, { of: 'gateway', known: Object.keys(gatewaySchema.shape) }, [...path, 'gateway'], notes)
}

/** What is not known is kept for whoever knows it; what is one edit away from known is a slip. */
function noteSlips(document: object, { of, known }: { of: string; known: readonly string[] }, path: Path, notes: Note[]): void {
  for (const key of Object.keys(document).filter((key) => key.length <= FIELD_LENGTH_MAX && !known.includes(key))) {
    const meant = known.find((word) => editDistance(key.toLowerCase(), word) <= 1)
    if (meant) notes.push({ path: pathText([...path, key]), text: `is no field of ${of} and has no effect; did you mean ${meant}?` })
  }
}

/** A list of nothing but empty texts is how some documents write "no command". */
function readCommand(words: readonly string[] | null | undefined): readonly string[] {
  return words?.some((word) => word !== '') ? words : []
}

function readResources(document: ServiceDocument): ResourceRequest {
  return {
    memoryMiB: document.memory ?? 0,
    vcpus: document.vcpus ?? document.vcpu ?? 0,
    vgpus: document.vgpus ?? document.vgpu ?? 0,
    storageMiB: document.storage ?? 0,
  }
}

function readPorts(text: string | null | undefined): ServiceDescriptor['ports'] {
  const result = parsePorts(text ?? '')
  return result.ok ? result.ports : []
}

/** Other names of what Go, and container images, call an architecture. */
const ARCHITECTURE_ALIASES: Readonly<Record<string, string>> = { x86_64: 'amd64', x64: 'amd64', aarch64: 'arm64', armv7l: 'arm' }

function readArchitectures(words: readonly string[] | null | undefined): readonly string[] {
  const known = (words ?? []).filter((word) => word !== '').map((word) => ARCHITECTURE_ALIASES[word] ?? word)
  return [...new Set(known)]
}

/** Each policy may be said in upstream's words, in the general form, or in both; two words for one are refused before. */
function readAddresses(document: ServiceDocument['addresses']): WantedAddresses {
  const { 'round-robin': roundRobin, ...policies } = pairsOf(document?.policies)
  return {
    ...optional('roundRobinV4', canonical(4, document?.rr_ip) ?? roundRobin?.v4),
    ...optional('roundRobinV6', canonical(6, document?.rr_ip_v6) ?? roundRobin?.v6),
    ...optional('closestV4', canonical(4, document?.closest_ip)),
    ...optional('closestV6', canonical(6, document?.closest_ip_v6)),
    ...(Object.keys(policies).length > 0 && { policies }),
  }
}

function pairsOf(document: NonNullable<ServiceDocument['addresses']>['policies']): Partial<Record<BalancingPolicy, WantedPair>> {
  const pairs: Partial<Record<BalancingPolicy, WantedPair>> = {}
  for (const policy of BALANCING_POLICIES) {
    const wish = document?.[policy]
    if (!wish) continue
    const { v4, v6 } = wish === true ? {} : wish
    pairs[policy] = { ...optional('v4', canonical(4, v4)), ...optional('v6', canonical(6, v6)) }
  }
  return pairs
}

function readConnections({ connectivity }: ServiceDocument, path: Path, notes: Note[]): Pick<ServiceDescriptor, 'connectivity'> {
  const named = readConnectivity(connectivity ?? [], [...path, 'connectivity'], notes)
  return named.length > 0 ? { connectivity: named } : {}
}

function optional<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, string>)
}

function canonical(family: 4 | 6, text: string | null | undefined): string | undefined {
  const value = text ? parseAddress({ family }, text) : undefined
  return value === undefined ? undefined : formatAddress({ family }, value)
}

function readVolume(volume: NonNullable<ServiceDocument['volumes']>[number]): VolumeRequest {
  return {
    volumeId: volume.volume_id,
    csiDriver: volume.csi_driver,
    // Upstream's default. `reference/worker.md` on volumes.
    mountPath: volume.mount_path || `/mnt/csi/${volume.volume_id}`,
    config: volume.config ?? {},
  }
}
