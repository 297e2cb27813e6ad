import { useLocation, useRouter } from '@tanstack/react-router'

/** A word of the address, so that a reload and a link show the same. Empty when it is not there. */
export function useAddressWord(name: string): readonly [value: string, set: (value: string) => void] {
  const { history } = useRouter()
  // Not the browser's own: the library writes the address down a moment after it has told of it.
  const { pathname, searchStr } = useLocation()
  const value = new URLSearchParams(searchStr).get(name) ?? ''
  const set = (next: string) => {
    const words = new URLSearchParams(history.location.search)
    if (next === '') words.delete(name)
    else words.set(name, next)
    const text = words.toString()
    history.replace(text === '' ? pathname : `${pathname}?${text}`)
  }
  return [value, set]
}
