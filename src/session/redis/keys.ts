/** Names of the keys in the store. All keys of one user, and all of one pending sign-in, share a Cluster slot. */

declare const KIND: unique symbol

/** A key's name, which knows what kind of key it is: one kind does not compile in the place of another. */
export type Key<Kind extends string> = string & { readonly [KIND]: Kind }

/** Builds key names below the configured prefix. */
export interface Keys {
  session(tag: string, name: string): Key<'session'>
  /** Why and when a session ended, or will have. */
  tombstone(tag: string, name: string): Key<'tombstone'>
  /** Whose turn it is to exchange or refresh a session's API token. */
  apiTokenTurn(tag: string, name: string): Key<'apiTokenTurn'>
  sessionsOfUser(tag: string): Key<'sessionsOfUser'>
  sessionsOfSid(tag: string, sidName: string): Key<'sessionsOfSid'>
  /** Those that have no `sid`. */
  sessionsWithoutSid(tag: string): Key<'sessionsWithoutSid'>
  /** Up to which `auth_time` a user's sign-ins are refused. */
  barredUser(tag: string): Key<'barredUser'>
  /** That sign-ins of a `sid` are refused. */
  barredSid(tag: string, sidName: string): Key<'barredSid'>
  /** Up to which `auth_time` sign-ins without a `sid` are refused. */
  barredWithoutSid(tag: string): Key<'barredWithoutSid'>
  /** Never there. Stands where a script can do without a key, and is what it frees when it must write to a full Redis. */
  nothing(slot: string): Key<'nothing'>
  /** In the slot of CIS2's session id: the tags that signed in with it, and whether it was logged out. */
  pointer(sidName: string): Key<'pointer'>
  /** A logout token's one use, in the slot of what it names. */
  claim(slot: string, tokenName: string): Key<'claim'>
  /** What has ended lately, for whoever watches sessions; there only while somebody does. In a slot of its own. */
  endings(): Key<'endings'>
  pending(slot: string): Key<'pending'>
  pendingAppData(slot: string): Key<'pendingAppData'>
  running(slot: string): Key<'running'>
  outcome(slot: string): Key<'outcome'>
}

export type KeyName = keyof Keys

export function createKeys(prefix: string): Keys {
  function key<Kind extends string>(slot: string, rest: string): Key<Kind> {
    return `${prefix}{${slot}}:${rest}` as Key<Kind>
  }
  return {
    session: (tag, name) => key(tag, `s:${name}`),
    tombstone: (tag, name) => key(tag, `e:${name}`),
    apiTokenTurn: (tag, name) => key(tag, `x:${name}`),
    sessionsOfUser: (tag) => key(tag, 'u'),
    sessionsOfSid: (tag, sidName) => key(tag, `i:${sidName}`),
    sessionsWithoutSid: (tag) => key(tag, 'n'),
    barredUser: (tag) => key(tag, 'k'),
    barredSid: (tag, sidName) => key(tag, `d:${sidName}`),
    barredWithoutSid: (tag) => key(tag, 'kn'),
    nothing: (slot) => key(slot, '-'),
    pointer: (sidName) => key(sidName, 'p'),
    claim: (slot, tokenName) => key(slot, `j:${tokenName}`),
    endings: () => key('w', 'w'),
    pending: (slot) => key(slot, 'l'),
    pendingAppData: (slot) => key(slot, 'la'),
    running: (slot) => key(slot, 'lr'),
    outcome: (slot) => key(slot, 'lo'),
  }
}
