/** DER bytes as PEM text (RFC 7468) with a trailing newline. `label` is like `CERTIFICATE`. */
export function toPem(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der).toString('base64')
  return `-----BEGIN ${label}-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`
}

/** The bytes of the first block with this label, or undefined when the text is not exactly one such block. */
export function fromPem(label: string, text: string): Buffer | undefined {
  const match = /^\s*-----BEGIN ([A-Z ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----\s*$/.exec(text)
  return match?.[1] === label ? Buffer.from(match[2] ?? '', 'base64') : undefined
}
