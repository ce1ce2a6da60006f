/** Runs one sign-in as it is planned, and holds what came of it against the oracle. */
import { randomBytes, randomUUID } from 'node:crypto'

import type { Reading } from '../../support/app/sign-in-oracle.js'
import { startApplication, type Application } from './application.js'
import { ProofBrowser, type Answer } from './client.js'
import { claimsOf, isSameCookie, judgeLogout, judgeSignIn, type Delivered, type Known, type Verdict } from './oracle.js'
import type { Afterwards, LogoutChange, Plan } from './plan.js'
import { honestBrowser, honestProvider } from './plan.js'
import { CLIENT_ID, type Claims, type Flow, type ProofProvider } from './provider.js'

/** Where a sign-in happens. */
export interface Place {
  readonly provider: ProofProvider
  readonly application: Application
  readonly clock: () => number
}

/** What came of a sign-in. `wrong`: in words, when it was not as the oracle says. */
export interface Outcome {
  readonly wrong: string | undefined
  readonly kind: 'in' | 'out' | 'free'
}

const NAVIGATION = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const OWN_FORM = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' }

/** A sign-in under way: who, in which browser, and as far as the address of the callback. */
interface Begun {
  readonly browser: ProofBrowser
  readonly flow: Flow
  readonly query: string
  readonly known: Known
}

export async function runSignIn(plan: Plan, place: Place): Promise<Outcome> {
  if (plan.published === undefined) return run(plan, place, place.provider.issuer)
  const { metadata, jwks } = plan.published
  const issuer = place.provider.spoiledIssuer(`of-${plan.number}`, metadata, jwks)
  const application = await startApplication(issuer, 'memory', place.clock, false)
  try {
    const outcome = await run(plan, { ...place, application }, issuer)
    // What may be published is mostly the provider's affair: only a false sign-in is wrong.
    return outcome.wrong?.startsWith(REFUSED) === true ? { wrong: undefined, kind: 'free' } : outcome
  } finally {
    await application.stop()
  }
}

async function run(plan: Plan, place: Place, issuer: string): Promise<Outcome> {
  const begun = await begin(plan, place, issuer)
  if ('status' in begun)
    return { wrong: plan.changes.length === 0 ? `${NOT_BEGUN} (${begun.status})` : undefined, kind: 'out' }
  const stranger = needsOther(plan) ? await begin(strangerOf(plan), place, issuer) : undefined
  const other = stranger === undefined || 'status' in stranger ? undefined : stranger
  const { delivered, judged } = deliver(plan, begun, other, place, issuer)
  const answer = await callBack(begun.browser, place, delivered)
  if (answer.status === 500)
    return { wrong: `the callback was answered 500: ${answer.body.slice(0, 200)}`, kind: 'out' }
  place.provider.wouldSend(judged.flow, issuer)
  const verdict = await judgeSignIn(judged.flow, delivered, judged.known)
  const outcome = compare(verdict, await whoIs(begun.browser, place), `after the callback (${answer.status})`)
  if (outcome.wrong !== undefined || outcome.kind !== 'in' || plan.afterwards === undefined) return outcome
  return tryAfterwards(plan.afterwards, { begun, other, delivered, owner: judged.browser, verdict, place, issuer })
}

function needsOther({ mixed, afterwards }: Plan): boolean {
  return mixed !== undefined || (afterwards?.kind === 'replay' && afterwards.by === 'another who signs in')
}

/** Somebody else, who does nothing odd. */
function strangerOf(plan: Plan): Plan {
  const person = { ...plan.person, sub: `6${plan.person.sub.slice(1)}`, idToken: {} }
  return { ...plan, person, provider: honestProvider(), browser: honestBrowser(), changes: [], mixed: undefined }
}

/** The browser was never sent to the callback: the answer with which it ended. */
type NotBegun = Pick<Answer, 'status'>

/** From `/login` to the address of the callback. */
async function begin(plan: Plan, { provider, application, clock }: Place, issuer: string): Promise<Begun | NotBegun> {
  const browser = new ProofBrowser()
  const login = plan.browser.loginQuery(new URLSearchParams({ returnTo: '/me' }))
  const start = await browser.send(`${application.url}/login?${login.toString()}`, { headers: NAVIGATION })
  if (start.location === undefined || !URL.canParse(start.location)) return start
  const address = new URL(start.location)
  const pendingCookie = [...browser.cookies].find(([name]) => isOfSignIn(name))
  if (pendingCookie === undefined) return start
  const asked = new URLSearchParams(address.search)
  const sid = randomBytes(24).toString('base64')
  const flow: Flow = { person: plan.person, script: plan.provider, asked, sid }
  const changed = plan.browser.authorizeQuery(asked)
  provider.expect(flow)
  address.search = changed.toString()
  // Where the documents are spoiled, the address may lead anywhere.
  if (address.origin !== provider.origin) return start
  const sent = await browser.send(address.href, { cookies: [] })
  if (sent.location === undefined) return sent
  const query = sent.location.slice(sent.location.indexOf('?') + 1)
  const keys =
    plan.published === undefined ? provider.keys : publishedKeys(plan.published.jwks({ keys: provider.keys }))
  const known = { issuer, clientId: CLIENT_ID, keys, now: Math.floor(clock() / 1000), pendingCookie }
  return { browser, flow, query, known }
}

/** Of published keys, what verifying takes: the rest may be odd, and says nothing of who signed. */
function publishedKeys(document: unknown): Known['keys'] {
  const { keys } = document as { keys?: unknown }
  if (!Array.isArray(keys)) return []
  return keys.map((key: Claims) => {
    const verifying = Object.entries(key).filter(
      ([name, value]) => VERIFYING.includes(name) && typeof value === 'string',
    )
    return Object.fromEntries(verifying)
  })
}

const VERIFYING = ['kty', 'n', 'e', 'kid', 'alg', 'use']

/** The callback as it is to arrive, and the sign-in by which it is to be judged. */
function deliver(
  { browser, mixed, provider: script }: Plan,
  begun: Begun,
  other: Begun | undefined,
  { provider }: Place,
  issuer: string,
): { delivered: Delivered; judged: Begun } {
  let query = browser.callbackQuery(begun.query)
  let cookies = browser.callbackCookies([...begun.browser.cookies]).map(([name, value]) => [name, safe(value)] as const)
  if (other !== undefined && mixed !== undefined) {
    const hers = [...other.browser.cookies].map(([name, value]) => [name, value] as const)
    const swapped = new URLSearchParams(query)
    if (mixed === 'her code') swapped.set('code', other.flow.code ?? '')
    if (mixed === 'her state') swapped.set('state', other.flow.asked.get('state') ?? '')
    query = mixed === 'her code' || mixed === 'her state' ? swapped.toString() : query
    if (mixed === 'her whole callback' || mixed === 'her callback and cookies') ({ query } = other)
    if (mixed === 'her cookies' || mixed === 'her callback and cookies') cookies = hers
    if (mixed.includes('oken')) mixTokens(mixed, script, provider.wouldSend(other.flow, issuer))
  }
  const isHers = mixed === 'her callback and cookies' && other !== undefined
  const method = browser.callbackMethod
  return { delivered: { method, query, cookies }, judged: isHers ? other : begun }
}

function mixTokens(mixed: string, script: Plan['provider'], hers: Claims): void {
  const earlier = script.tokenResponse
  script.tokenResponse = (honest) => {
    const own = earlier(honest)
    if (typeof own !== 'object' || own === null) return own
    const { id_token: idToken, access_token: accessToken } = hers
    if (mixed === 'her ID token') return { ...own, id_token: idToken }
    return mixed === 'her tokens'
      ? { ...own, id_token: idToken, access_token: accessToken }
      : { ...own, access_token: accessToken }
  }
}

/** What may stand in a `Cookie` header; anything else is encoded, as scripts in pages do. */
function safe(value: string): string {
  return value.replace(/[^!#-+\--:<-[\]-~]/gu, (letter) => {
    return /[\ud800-\udfff]/.test(letter) && letter.length === 1 ? '%EF%BF%BD' : encodeURIComponent(letter)
  })
}

async function callBack(browser: ProofBrowser, { application }: Place, delivered: Delivered): Promise<Answer> {
  const { query, cookies } = delivered
  const inBody = delivered.method === 'POST with the query in the body'
  const method = delivered.method.split(' ')[0] ?? 'GET'
  return browser.send(`${application.url}/callback${inBody ? '' : `?${query}`}`, {
    method,
    cookies,
    headers: method === 'GET' || method === 'HEAD' ? NAVIGATION : OWN_FORM,
    ...(inBody ? { body: query } : {}),
  })
}

type Found = Reading | 'nobody' | { readonly odd: string }

/** Whom the application takes the browser for. */
async function whoIs(browser: ProofBrowser, { application }: Place, cookies?: [string, string][]): Promise<Found> {
  const sent = { headers: { accept: 'application/json' }, ...(cookies === undefined ? {} : { cookies }) }
  const { status, body } = await browser.send(`${application.url}/me`, sent)
  if (status === 401) return 'nobody'
  return status === 200
    ? readingOf(JSON.parse(body) as Claims)
    : { odd: `/me was answered ${status}: ${body.slice(0, 200)}` }
}

const TEXTS = ['displayName', 'title', 'givenName', 'middleNames', 'familyName', 'initials']
const IDS = ['gmc', 'gmp', 'nmc', 'gphc', 'gdc', 'gdp', 'rcn', 'consultant']

function readingOf(user: Claims): Reading {
  const ids = user.professionalIds as Claims
  return {
    sub: user.sub,
    sid: undefined,
    aal: user.aal,
    identity: user.identityAssuranceLevel,
    acr: user.acr,
    amr: user.amr,
    name: user.name,
    email: user.email,
    texts: [...TEXTS.map((name) => user[name]), ...IDS.map((name) => ids[name])],
    organisations: (user.organisations as Claims[]).map(({ code, name }) => [code, name]),
    roles: (user.roles as Claims[]).map(({ id }) => id),
    selected: (user.selectedRole as Claims | undefined)?.id,
  } as Reading
}

const NOT_BEGUN = 'an honest sign-in did not begin'
const REFUSED = 'refused'
/** The machine was too busy for the store or the provider: an answer in itself, and neither yes nor no. */
const BUSY = /\(503\)|answered 503/

/** Whether what is wrong is that somebody was asked to try again. */
export function isAskedToWait({ wrong }: Outcome): boolean {
  return wrong !== undefined && BUSY.test(wrong)
}

function compare({ who, isFree }: Verdict, found: Found, when: string): Outcome {
  if (typeof found === 'object' && 'odd' in found) return { wrong: `${found.odd}, ${when}`, kind: 'out' }
  if (found === 'nobody') {
    if (who === undefined) return { wrong: undefined, kind: 'out' }
    return isFree
      ? { wrong: undefined, kind: 'free' }
      : { wrong: `${REFUSED} ${when}, and must be let in`, kind: 'out' }
  }
  if (who === undefined) return { wrong: `FALSE SIGN-IN of ${found.sub} ${when}`, kind: 'in' }
  // The name of the session at the provider is not told to handlers.
  const [expected, actual] = [JSON.stringify({ ...who, sid: undefined }), JSON.stringify(found)]
  return { wrong: expected === actual ? undefined : `let in as ${actual} in place of ${expected}, ${when}`, kind: 'in' }
}

interface SignedIn {
  readonly begun: Begun
  readonly other: Begun | undefined
  readonly delivered: Delivered
  /** That began the sign-in that was completed. */
  readonly owner: ProofBrowser
  readonly verdict: Verdict
  readonly place: Place
  readonly issuer: string
}

/** Whether a cookie is that of a sign-in under way, and not the session's. */
function isOfSignIn(name: string): boolean {
  return name.includes('-sign-in-')
}

const NOBODY: Verdict = { who: undefined, isFree: false }

async function tryAfterwards(attempt: Afterwards, signedIn: SignedIn): Promise<Outcome> {
  const { begun, delivered, verdict, place } = signedIn
  const { browser } = begun
  const { url } = place.application
  switch (attempt.kind) {
    case 'session cookie': {
      const honest = [...browser.cookies]
      const cookies = honest.map(([name, value]): [string, string] => [name, safe(attempt.change(value))])
      // A sign-in that is under way beside the session has a cookie of its own, which says nothing about who she is.
      const isSame = cookies.every(
        ([name, value], at) => isOfSignIn(name) || isSameCookie(value, honest[at]?.[1] ?? ''),
      )
      return compare(
        isSame ? verdict : NOBODY,
        await whoIs(new ProofBrowser(), place, cookies),
        'by the changed session cookie',
      )
    }
    case 'request': {
      const { method, path, headers, body } = attempt.request
      await browser.send(url + path, { method, headers, body })
      return compare(verdict, await whoIs(browser, place), `after ${method} ${path}`)
    }
    case 'replay': {
      const others = attempt.by === 'a new browser' ? undefined : signedIn.other?.browser
      const by = attempt.by === 'the same browser' ? browser : (others ?? new ProofBrowser())
      await callBack(by, place, { ...delivered, cookies: [...by.cookies] })
      // Whose callback it was brings it again: told what was answered, or that it came too late.
      const again = by === signedIn.owner ? { ...verdict, isFree: true } : NOBODY
      const expected = by === browser ? verdict : again
      return compare(expected, await whoIs(by, place), `after the callback again by ${attempt.by}`)
    }
    case 'old cookie after signing out': {
      const old = [...browser.cookies]
      await browser.send(`${url}/logout`, { method: 'POST', headers: OWN_FORM, body: '' })
      return compare(NOBODY, await whoIs(new ProofBrowser(), place, old), 'by the old cookie, after signing out')
    }
    case 'logout token':
      return sendLogoutToken(attempt.change, signedIn)
  }
}

async function sendLogoutToken(change: LogoutChange, { begun, verdict, place, issuer }: SignedIn): Promise<Outcome> {
  const { now, keys } = begun.known
  const { sid } = begun.flow
  const inToken = claimsOf(String((JSON.parse(begun.flow.token?.text ?? '{}') as Claims).id_token))
  // A name that others have too would sign them out as well, and bar them.
  if (inToken?.sid !== sid) return { wrong: undefined, kind: 'in' }
  const claims = change.claims({
    iss: issuer,
    aud: CLIENT_ID,
    iat: now,
    exp: now + 120,
    jti: randomUUID(),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    sid,
  })
  const token = change.token(place.provider.sign(change.header({}), claims, change.signer))
  const [body, { method, type }] = [change.body(token), change]
  const answer = await new ProofBrowser().send(`${place.application.url}/backchannel-logout`, {
    method,
    headers: { 'content-type': type },
    body,
  })
  const sent = { token, method, type, body, sid }
  const judged = await judgeLogout(sent, { issuer, clientId: CLIENT_ID, keys, now })
  const found = await whoIs(begun.browser, place)
  const when = `after the logout token (answered ${answer.status})`
  if (judged === 'free') return compare({ ...verdict, isFree: true }, found, when)
  return compare(judged === 'ends' ? NOBODY : verdict, found, when)
}
