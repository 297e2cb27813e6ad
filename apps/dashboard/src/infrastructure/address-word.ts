import { useLocation, useRouter } from '@tanstack/react-router'

/** A word of the address, so that a reload and a link show the same. Empty when it is not there. */
export function useAddressWord(name: string): readonly [value: string, set: (value: string) => void] {
  const router = useRouter()
  const { pathname } = useLocation()
  const value = new URLSearchParams(window.location.search).get(name) ?? ''
  const set = (next: string) => {
    const words = new URLSearchParams(window.location.search)
    if (next === '') words.delete(name)
    else words.set(name, next)
    const text = words.toString()
    router.history.replace(text === '' ? pathname : `${pathname}?${text}`)
  }
  return [value, set]
}
