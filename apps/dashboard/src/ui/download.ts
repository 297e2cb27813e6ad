/** Hands the browser a file to keep. */
export function download(fileName: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = fileName.replaceAll(/[^\w.-]+/g, '_')
  link.click()
  URL.revokeObjectURL(url)
}

export function downloadJson(fileName: string, value: unknown): void {
  download(fileName, `${JSON.stringify(value, undefined, 2)}\n`, 'application/json')
}
