/** The middleware as a Router, which is what `cis2Auth` hands to the application. */
import { Router, type NextFunction, type Request, type RequestHandler, type Response } from 'express'

type Handle = (req: Request, res: Response, next: NextFunction) => void

/**
 * A Router that asks the middleware first, and then whatever the application adds to it.
 *
 * The middleware is none of its layers: a layer would cost each request a second round of matching, and a turn of the
 * event loop after it. Express calls a Router through its `handle`, in version 4 and 5.
 */
export function mountable(middleware: RequestHandler): Router {
  const router = Router()
  const handleLayers = (Reflect.get(router, 'handle') as Handle).bind(router)

  function handle(req: Request, res: Response, next: NextFunction): void {
    void middleware(req, res, (error?: unknown) => {
      if (error !== undefined && error !== null) next(error)
      else if (router.stack.length === 0) next()
      else handleLayers(req, res, next)
    })
  }

  return Object.assign(router, { handle })
}
