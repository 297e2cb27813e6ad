import { OakError } from '@oakestra/base'
import { chainIds, isDigest } from './digest.ts'
import { isObject, type Platform, parseObject } from './manifest.ts'

/** What an image says about how it is run. OCI image specification, "Image Configuration". */
export interface ImageConfig {
  readonly environment: readonly string[]
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly user: string
  readonly workingDir: string
  readonly stopSignal?: string
  /** Digests of the unpacked layers. */
  readonly diffIds: readonly string[]
  /** Name of the snapshot with all layers. */
  readonly chainId: string
}

/** @throws OakError `image-invalid` when it is malformed or for another kind of machine */
export function parseImageConfig(bytes: Uint8Array, platform: Platform): ImageConfig {
  const document = parseObject(bytes, 'configuration')
  checkPlatform(document, platform)
  const rootfs = document['rootfs']
  const diffIds = isObject(rootfs) ? rootfs['diff_ids'] : undefined
  if (!Array.isArray(diffIds) || diffIds.length === 0 || !diffIds.every(isDigest)) throw invalid('does not say what its layers are')
  const config = isObject(document['config']) ? document['config'] : {}
  const stopSignal = textOf(config, 'StopSignal')
  return {
    environment: listOf(config, 'Env'),
    entrypoint: listOf(config, 'Entrypoint'),
    command: listOf(config, 'Cmd'),
    user: textOf(config, 'User'),
    workingDir: textOf(config, 'WorkingDir') || '/',
    ...(stopSignal && { stopSignal }),
    diffIds,
    chainId: chainIds(diffIds).at(-1) ?? '',
  }
}

function checkPlatform(document: Readonly<Record<string, unknown>>, platform: Platform): void {
  const { architecture, os } = document
  if (os === platform.os && architecture === platform.architecture) return
  throw new OakError(
    'image-invalid',
    `the image is for ${String(os)}/${String(architecture)}, this node is ${platform.os}/${platform.architecture}`,
  )
}

function listOf(config: Readonly<Record<string, unknown>>, key: string): readonly string[] {
  const value = config[key] ?? []
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw invalid(`has a ${key} that is not a list of texts`)
  return value
}

function textOf(config: Readonly<Record<string, unknown>>, key: string): string {
  const value = config[key] ?? ''
  if (typeof value !== 'string') throw invalid(`has a ${key} that is not a text`)
  return value
}

function invalid(message: string): OakError {
  return new OakError('image-invalid', `the image's configuration ${message}`)
}
