import type { Reader } from '@oakestra/store'
import { type User, users } from '../state/collections.ts'

export async function userByName(reader: Reader, name: string): Promise<User | undefined> {
  const [user] = await reader.list(users, { index: 'name', equals: name, limit: 1 })
  return user
}
