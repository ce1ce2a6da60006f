/** Names of the keys in the store. All keys of one user, and all of one pending sign-in, share a Cluster slot. */

/** Builds key names below the configured prefix. */
export interface Keys {
  /** The start of every key of one tag; scripts add the rest. */
  base(tag: string): string
  session(tag: string, name: string): string
  /** Why and when a session ended, or will have. */
  epitaph(tag: string, name: string): string
  sessionsOfUser(tag: string): string
  sessionsOfSid(tag: string, sidName: string): string
  /**
   * Never there. A script that finds key names in an index names it beside the index: so a Cluster refuses the script
   * (`TRYAGAIN`) while it moves the slot, when the index may have gone ahead of the sessions that it lists.
   */
  nothing(tag: string): string
  /** In the slot of CIS2's session id: the tags that signed in with it, and whether it was logged out. */
  pointer(sidName: string): string
  /** A logout token's one use, in the slot of what it names. */
  claim(slot: string, tokenName: string): string
  pending(slot: string): string
  pendingAppData(slot: string): string
  running(slot: string): string
  outcome(slot: string): string
}

export function createKeys(prefix: string): Keys {
  function base(slot: string): string {
    return `${prefix}{${slot}}:`
  }
  return {
    base,
    session: (tag, name) => `${base(tag)}s:${name}`,
    epitaph: (tag, name) => `${base(tag)}e:${name}`,
    sessionsOfUser: (tag) => `${base(tag)}u`,
    sessionsOfSid: (tag, sidName) => `${base(tag)}i:${sidName}`,
    nothing: (tag) => `${base(tag)}-`,
    pointer: (sidName) => `${base(sidName)}p`,
    claim: (slot, tokenName) => `${base(slot)}j:${tokenName}`,
    pending: (slot) => `${base(slot)}l`,
    pendingAppData: (slot) => `${base(slot)}la`,
    running: (slot) => `${base(slot)}lr`,
    outcome: (slot) => `${base(slot)}lo`,
  }
}
