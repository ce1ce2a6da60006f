/**
 * CIS2's session cookie. Cookies do not tell ports apart, so the port is in the name: two simulators may share a host.
 */
import type { Request, Response } from 'express'

/** AM's own name for it, and the port. */
function cookieName(port: number): string {
  return `iPlanetDirectoryPro_${port}`
}

/** The session id that the browser sent. */
export function readSessionCookie(req: Request, port: number): string | undefined {
  const prefix = `${cookieName(port)}=`
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(prefix))?.slice(prefix.length)
}

/** Gives the browser a session id. */
export function writeSessionCookie(res: Response, port: number, id: string, secure: boolean): void {
  res.append('Set-Cookie', `${cookieName(port)}=${id}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`)
}

/** Takes the session id from the browser. */
export function clearSessionCookie(res: Response, port: number): void {
  res.append('Set-Cookie', `${cookieName(port)}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`)
}
