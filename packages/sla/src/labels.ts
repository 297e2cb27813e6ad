/** What a label looks like, for people. */
export const LABEL_EXPECTED = 'key=value of letters, digits and ". _ - /" (the value may be empty), at most 63 characters each'

const KEY = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/
const VALUE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?)?$/

/** More on one thing is a mistake, and each is compared with every request. */
export const LABELS_MAX = 64

/** Whether a text is a key without a value. */
export function isLabelKey(text: string): boolean {
  return KEY.test(text)
}

/** Whether a text is `key=value`. */
export function isLabel(text: string): boolean {
  const at = text.indexOf('=')
  return at > 0 && isLabelKey(text.slice(0, at)) && VALUE.test(text.slice(at + 1))
}
