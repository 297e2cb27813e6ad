// A door of its own: tools that build images load neither the runtime nor a test framework.
export { busyboxLayer } from './testing/busybox.ts'
export { buildOciImage, type LayerEntry, type OciImage, type OciImageInput, ociArchive } from './testing/oci-archive.ts'
