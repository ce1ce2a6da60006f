/** What pages and programs send to change the simulator: forms and JSON alike. */
import type { Request, RequestHandler, Response } from 'express'
import type { z } from 'zod'

import { pageHeaders } from '../../exchange.js'
import { parseJson } from '../../parse-json.js'
import { describeIssues, sayProblem } from '../../problems.js'

/** Whether a form sent it: then a page is the answer. */
export function isForm(req: Request): boolean {
  return Boolean(req.is('application/x-www-form-urlencoded'))
}

/** Whether a person asks, with a browser; programs get JSON. */
export function wantsPage(req: Request): boolean {
  return req.accepts(['json', 'html']) === 'html'
}

/** What was sent, checked; or every problem with it. */
export function readCommand<Schema extends z.ZodType>(
  req: Request,
  schema: Schema,
): { readonly command: z.infer<Schema> } | { readonly problems: readonly string[] } {
  const body = typeof req.body === 'string' ? req.body : ''
  const fields = isForm(req) ? formFields(body) : parseJson(body)
  if (fields === undefined) return { problems: ['the body is neither a form nor JSON'] }
  const parsed = schema.safeParse(fields, { error: sayProblem })
  return parsed.success ? { command: parsed.data } : { problems: describeIssues(parsed.error) }
}

/** A form knows texts only: numbers are meant as numbers, and a value left empty is none. */
function formFields(body: string): Record<string, unknown> {
  const isNumber = (name: string, value: string) => name === 'value' && /^-?\d{1,9}(\.\d{1,9})?$/.test(value)
  const entries = [...new URLSearchParams(body)].filter(([name, value]) => name !== 'value' || value !== '')
  return Object.fromEntries(entries.map(([name, value]) => [name, isNumber(name, value) ? Number(value) : value]))
}

/** One text out of an address; empty when it is not there, or there in another shape. */
export function queryText(req: Request, name: string): string {
  const value = req.query[name]
  return typeof value === 'string' ? value : ''
}

/** Sends one of the simulator's own pages. */
export function sendPage(
  res: Response,
  status: number,
  html: string,
  scripts = false,
  formTargets: readonly string[] = [],
): void {
  res.status(status).set(pageHeaders(formTargets, scripts)).type('html').end(html)
}

/** Sends JSON that no cache keeps. */
export function sendJson(res: Response, status: number, body: unknown): void {
  res.status(status).set('Cache-Control', 'no-store').json(body)
}

/** Sends the browser to a page after what it posted. */
export function sendSeeOther(res: Response, page: string): void {
  res.status(303).set(pageHeaders()).set('Location', page).end()
}

/** A form's page again, or JSON for a program. */
export function sendDone(req: Request, res: Response, page: string, body: unknown): void {
  if (isForm(req)) sendSeeOther(res, page)
  else sendJson(res, 200, body)
}

/** Refuses what a page of somebody else's posts through the developer's browser. Programs send neither header. */
export const refuseForeignPosts: RequestHandler = (req, res, next) => {
  if (req.method === 'GET' || req.method === 'HEAD' || isOwn(req)) {
    next()
    return
  }
  sendJson(res, 403, { problems: ['this came from another site'] })
}

function isOwn(req: Request): boolean {
  const site = req.get('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = req.get('origin')
  return origin === undefined || origin.replace(/^https?:\/\//, '') === req.get('host')
}
