/** One sentence to show on the next page: what the application's own `req.session` is for. */
import type { Request } from 'express'
import type {} from 'express-session'

declare module 'express-session' {
  interface SessionData {
    notice: string
  }
}

/** Remembers a sentence for the next page of this user. */
export function leaveNotice(req: Request, notice: string): void {
  req.session.notice = notice
}

/** Takes the sentence out, so that it is shown once. */
export function takeNotice(req: Request): string | undefined {
  const { notice } = req.session
  delete req.session.notice
  return notice
}
