/** Which servers' connections may stay open between two calls. */

/** No firewall or balancer forgets a connection so soon. In seconds. */
const BRIEF = 10

export interface Idling {
  /** Whether a connection to this server that nobody uses is closed soon. */
  isBrief(origin: string): boolean
  /** Takes in what the server said on a connection that it keeps. */
  learn(origin: string, headers: Headers): void
}

/**
 * Node's fetch keeps a connection for as long as the server says, and for four seconds when it says nothing. Firewalls
 * and balancers may forget one that is idle for minutes, without a word, and a code that is sent into the void is lost
 * with its sign-in. So a connection stays only where the server has said that it will not stay for long.
 */
export function createIdling(): Idling {
  const brief = new Set<string>()
  return {
    isBrief: (origin) => brief.has(origin),
    learn(origin, headers) {
      if (secondsKept(headers) <= BRIEF) brief.add(origin)
      else brief.delete(origin)
    },
  }
}

/** RFC 2068, section 19.7.1.1: what is not said is the client's to choose. */
function secondsKept(headers: Headers): number {
  const [, seconds = '0'] = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,9})/i.exec(headers.get('keep-alive') ?? '') ?? []
  return Number(seconds)
}
