import { OakError } from '@oakestra/base'

/** Whom a process runs as. */
export interface ProcessUser {
  readonly uid: number
  readonly gid: number
  readonly additionalGids: readonly number[]
}

/** Reads a file of the image's root file system; `undefined` when there is none. */
export type ReadRootFile = (path: 'etc/passwd' | 'etc/group') => Promise<string | undefined>

interface PasswdEntry {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

interface GroupEntry {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

// Kernel ids have 32 bits; the highest means "none". The last are cut off here as Docker does.
const ID_MAX = 2 ** 31 - 1

/**
 * Finds the ids behind an image's `user[:group]`, by name or number, as Docker does.
 * @throws OakError `image-invalid` when a name is not in the image
 */
export async function resolveUser(user: string, read: ReadRootFile): Promise<ProcessUser> {
  const [userPart = '', groupPart] = user.split(':', 2)
  const passwd = parsePasswd((await read('etc/passwd')) ?? '')
  const groups = parseGroups((await read('etc/group')) ?? '')
  const { uid, gid: ownGid, name } = findUser(userPart || '0', passwd)
  if (groupPart) return { uid, gid: findGroup(groupPart, groups), additionalGids: [] }
  const additionalGids = groups.filter((group) => name !== undefined && group.members.includes(name)).map((group) => group.gid)
  return { uid, gid: ownGid, additionalGids: [...new Set(additionalGids)].filter((gid) => gid !== ownGid) }
}

function findUser(text: string, passwd: readonly PasswdEntry[]): { uid: number; gid: number; name?: string } {
  const number = parseId(text)
  const entry = passwd.find((candidate) => (number === undefined ? candidate.name === text : candidate.uid === number))
  if (entry) return entry
  if (number === undefined) throw new OakError('image-invalid', `the image wants to run as '${text}', whom its /etc/passwd does not have`)
  return { uid: number, gid: 0 }
}

function findGroup(text: string, groups: readonly GroupEntry[]): number {
  const gid = parseId(text) ?? groups.find((group) => group.name === text)?.gid
  if (gid === undefined) throw new OakError('image-invalid', `the image wants the group '${text}', which its /etc/group does not have`)
  return gid
}

function parsePasswd(text: string): readonly PasswdEntry[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uidText = '', gidText = ''] = line.split(':')
    const uid = parseId(uidText)
    const gid = parseId(gidText)
    return name && uid !== undefined && gid !== undefined ? [{ name, uid, gid }] : []
  })
}

function parseGroups(text: string): readonly GroupEntry[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , gidText = '', members = ''] = line.split(':')
    const gid = parseId(gidText)
    return name && gid !== undefined ? [{ name, gid, members: members.split(',') }] : []
  })
}

function parseId(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined
  const id = Number(text)
  return id <= ID_MAX ? id : undefined
}
