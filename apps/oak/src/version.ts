// Replaced by the build; a run from sources has none.
declare const OAK_VERSION: string

/** The version of this program, as `oak version` prints it. */
export const VERSION: string = typeof OAK_VERSION === 'string' ? OAK_VERSION : '0.0.0-dev'
