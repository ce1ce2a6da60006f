/** Talking to the simulated NHS API platform request by request. */
import { randomUUID } from 'node:crypto'

import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'

import type { ApiPlatformApp, Simulator } from 'express-cis2/simulator'
import { exchange as exchangeCode, type Person, signInAs } from './conversation.js'

export const API_KEY = 'the-api-key'
export const API_SECRET = 'the-api-secret'
const FORM = 'application/x-www-form-urlencoded'

export type Fields = Record<string, string | undefined>

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

interface Assertion {
  readonly claims?: Record<string, unknown> | undefined
  readonly header?: Record<string, unknown> | undefined
  readonly signWith?: CryptoKey | undefined
}

/** An application at the platform. */
export class Application {
  readonly #key: CryptoKey
  readonly #place: { simulator(): Simulator; now(): number }
  readonly jwk: JWK

  private constructor(key: CryptoKey, jwk: JWK, place: { simulator(): Simulator; now(): number }) {
    this.#key = key
    this.jwk = jwk
    this.#place = place
  }

  static async make(place: { simulator(): Simulator; now(): number }): Promise<Application> {
    const { privateKey, publicKey } = await generateKeyPair('RS512', { extractable: true })
    return new Application(privateKey, { ...(await exportJWK(publicKey)), kid: 'k', use: 'sig' }, place)
  }

  /** Its registration. */
  get registered(): ApiPlatformApp {
    return { apiKey: API_KEY, apiSecret: API_SECRET, jwks: { keys: [this.jwk] } }
  }

  get seconds(): number {
    return Math.floor(this.#place.now() / 1000)
  }

  async idToken(person?: Person, fields?: Fields): Promise<string> {
    const simulator = this.#place.simulator()
    const { code } = await signInAs(simulator, person, fields)
    return String((await exchangeCode(simulator, code)).body.id_token)
  }

  assertion({ claims = {}, header = {}, signWith = this.#key }: Assertion = {}): Promise<string> {
    const aud = `${this.#place.simulator().url}/oauth2/token`
    const usual = { iss: API_KEY, sub: API_KEY, aud, jti: randomUUID(), exp: this.seconds + 300 }
    return new SignJWT({ ...usual, ...claims })
      .setProtectedHeader({ alg: 'RS512', typ: 'JWT', kid: 'k', ...header })
      .sign(signWith)
  }

  async post(fields: Fields, path = '/oauth2/token', contentType = FORM): Promise<Reply> {
    const form = new URLSearchParams()
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.set(name, value)
    const reply = await fetch(this.#place.simulator().url + path, {
      method: 'POST',
      body: form.toString(),
      headers: { 'Content-Type': contentType },
    })
    return { status: reply.status, headers: reply.headers, body: (await reply.json()) as Record<string, unknown> }
  }

  async exchange(fields: Fields = {}, path?: string, contentType?: string): Promise<Reply> {
    const usual = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      subject_token: 'subject_token' in fields ? fields.subject_token : await this.idToken(),
      client_assertion: 'client_assertion' in fields ? fields.client_assertion : await this.assertion(),
    }
    return this.post({ ...usual, ...fields }, path, contentType)
  }

  refresh(token: unknown, fields: Fields = {}): Promise<Reply> {
    return this.post({
      grant_type: 'refresh_token',
      refresh_token: String(token),
      client_id: API_KEY,
      client_secret: API_SECRET,
      ...fields,
    })
  }
}

/** A token with its header and claims changed, and a signature that fits nothing. */
export function altered(token: string, header: object, claims: object): string {
  const [first = '', second = ''] = token.split('.')
  const part = (text: string, changes: object) => {
    const before = JSON.parse(Buffer.from(text, 'base64url').toString()) as object
    return Buffer.from(JSON.stringify({ ...before, ...changes })).toString('base64url')
  }
  return `${part(first, header)}.${part(second, claims)}.${Buffer.from('no signature').toString('base64url')}`
}

/** What a refusal says; `message_id` must be there. */
export function refusal(status: number, error: string, description: string) {
  return {
    status,
    body: { error, error_description: description, message_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
  }
}
