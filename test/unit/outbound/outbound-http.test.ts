import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'

import { toUnavailable } from '../../../src/oidc/unavailable.js'
import { isError, sanitizedCause } from '../../../src/outbound/fault.js'
import { parseJsonObject } from '../../../src/outbound/json.js'
import { createOutbound, type Outbound, type OutboundRequest } from '../../../src/outbound/outbound-http.js'
import { rejectionOf } from '../../support/thrown-by.js'

const GET: OutboundRequest = { endpoint: 'userinfo', method: 'GET', headers: {} }

let answer: (request: IncomingMessage, response: ServerResponse) => void
let address: string
let requests = 0
const server = createServer((request, response) => {
  requests += 1
  answer(request, response)
})

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

beforeEach(() => {
  requests = 0
  answer = (_request, response) => response.end('ok')
})

function outbound(changes: Partial<Parameters<typeof createOutbound>[0]> = {}): Outbound {
  return createOutbound({ peer: 'CIS2', kind: 'provider', fetch: globalThis.fetch, timeoutSeconds: 10, ...changes })
}

function fetching(response: () => Response | Promise<Response>): Outbound {
  return outbound({ fetch: () => Promise.resolve(response()) })
}

describe('an outbound call', () => {
  it('answers status, headers and bytes, whatever the status', async () => {
    answer = (_request, response) => response.writeHead(418, { 'x-test': 'y' }).end('short')
    const { status, headers, body } = await outbound().send(address, GET)
    expect([status, headers.get('x-test'), Buffer.from(body).toString()]).toEqual([418, 'y', 'short'])
  })

  it.each(['http://example.test/', 'http://10.0.0.1/', 'file:///etc/passwd', 'nothing'])(
    'NET-3 to %s is not made',
    async (target) => {
      let called = false
      const caller = outbound({ fetch: () => Promise.resolve(new Response(String((called = true)))) })
      await expect(caller.send(target, GET)).rejects.toMatchObject({ kind: 'endpoint' })
      expect(called).toBe(false)
    },
  )

  it.each<[string, (response: ServerResponse) => void]>([
    ['silence', () => undefined],
    ['headers that never end', (response) => response.socket?.write('HTTP/1.1 200 OK\r\nx: ')],
    [
      'a byte now and then',
      (response) => {
        const timer = setInterval(() => response.write('x'), 20)
        response.on('close', () => {
          clearInterval(timer)
        })
      },
    ],
  ])('NET-15 LG12 is cut after timeoutSeconds of %s, and its socket closed', async (_name, respond) => {
    let closed: Promise<unknown> = Promise.resolve()
    answer = (request, response) => {
      // Reset or ended: how it closes is the system's business. `once` of node:events would reject at the reset.
      closed = new Promise((resolve) => request.socket.once('close', resolve))
      request.socket.once('error', () => undefined)
      respond(response)
    }
    const before = performance.now()
    await expect(outbound({ timeoutSeconds: 0.2 }).send(address, GET)).rejects.toMatchObject({ kind: 'timeout' })
    expect(performance.now() - before).toBeLessThan(5_000)
    await closed
  })

  it('NET-15 is cut at its deadline, and not begun after it', async () => {
    answer = () => undefined
    const patient = outbound({ timeoutSeconds: 60 })
    await expect(patient.send(address, { ...GET, deadline: performance.now() + 1_000 })).rejects.toMatchObject({
      kind: 'timeout',
    })
    expect(requests).toBe(1)
    await expect(patient.send(address, { ...GET, deadline: performance.now() })).rejects.toMatchObject({
      kind: 'timeout',
    })
    expect(requests).toBe(1)
  })

  it('NET-15 is cut also when a fetch of the application does not heed signals', async () => {
    const deaf = outbound({ timeoutSeconds: 0.2, fetch: () => new Promise(() => undefined) })
    await expect(deaf.send(address, GET)).rejects.toMatchObject({ kind: 'timeout' })
  })

  it.each([301, 302, 303, 307, 308])('HOP-40 follows no redirect with status %i', async (status) => {
    const asked: (string | undefined)[] = []
    answer = (request, response) => {
      asked.push(request.url)
      response.writeHead(status, { location: '/elsewhere' }).end('body')
    }
    await expect(outbound().send(address, GET)).rejects.toMatchObject({ kind: 'redirect' })
    expect(asked).toEqual(['/'])
  })

  it('HOP-40 believes no answer that a fetch of the application was redirected to', async () => {
    const redirected = Object.defineProperty(new Response('x'), 'redirected', { value: true })
    await expect(fetching(() => redirected).send(address, GET)).rejects.toMatchObject({ kind: 'redirect' })
  })

  it('NET-16 takes 512 KB and not a byte more, chunked or not', async () => {
    const caller = outbound()
    answer = (_request, response) => response.end(Buffer.alloc(512 * 1024))
    await expect(caller.send(address, GET)).resolves.toMatchObject({ status: 200 })
    answer = (_request, response) => response.end(Buffer.alloc(512 * 1024 + 1))
    await expect(caller.send(address, GET)).rejects.toMatchObject({ kind: 'too-large' })
    answer = (_request, response) => {
      for (let chunk = 0; chunk < 10; chunk += 1) response.write(Buffer.alloc(64 * 1024))
      response.end()
    }
    await expect(caller.send(address, GET)).rejects.toMatchObject({ kind: 'too-large' })
  })

  it('NET-16 stops reading an endless answer', async () => {
    const closed = new Promise((resolve) => {
      answer = (request, response) => {
        request.socket.on('close', resolve)
        const pump = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
          if (!response.destroyed) response.once('drain', pump)
        }
        pump()
      }
    })
    await expect(outbound().send(address, GET)).rejects.toMatchObject({ kind: 'too-large' })
    await closed
  })

  it('NET-16 does not mind a stream that fails when it is cancelled', async () => {
    const stubborn = () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            controller.enqueue(new Uint8Array(600 * 1024))
          },
          cancel: () => Promise.reject(new Error('stubborn')),
        }),
      )
    await expect(fetching(stubborn).send(address, GET)).rejects.toMatchObject({ kind: 'too-large' })
    const redirect = () => new Response(stubborn().body, { status: 302 })
    await expect(fetching(redirect).send(address, GET)).rejects.toMatchObject({ kind: 'redirect' })
  })

  it('takes an answer without a body', async () => {
    answer = (_request, response) => response.writeHead(204).end()
    await expect(outbound().send(address, GET)).resolves.toMatchObject({ status: 204, body: new Uint8Array() })
  })

  it('NET-18 over TLS with somebody who does not speak it fails as such', async () => {
    const plain = address.replace('http:', 'https:')
    await expect(outbound().send(plain, GET)).rejects.toMatchObject({ kind: 'tls' })
  })

  it.each([
    ['CERT_HAS_EXPIRED', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['ECONNREFUSED', 'network'],
    [undefined, 'network'],
  ])('NET-18 fails with the code %s as %s, without the words of others', async (code, kind) => {
    const cause = Object.assign(new Error('canary'), code === undefined ? {} : { code })
    const failing = outbound({ fetch: () => Promise.reject(new TypeError('fetch failed', { cause })) })
    const error = await rejectionOf(failing.send(address, GET))
    expect(error).toMatchObject({ kind, message: `The connection to CIS2 failed (${code ?? 'unknown'}).` })
  })

  it('fails when a fetch of the application rejects with no error at all', async () => {
    const odd = outbound({ fetch: () => Promise.reject(JSON.parse('"canary"') as Error) })
    await expect(odd.send(address, GET)).rejects.toMatchObject({ kind: 'network' })
  })

  it('fails when nobody listens', async () => {
    const gone = createTcpServer()
    gone.listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    gone.close()
    await once(gone, 'close')
    await expect(outbound().send(`http://127.0.0.1:${port}/`, GET)).rejects.toMatchObject({ kind: 'network' })
  })

  it('ends with close, and is refused after it', async () => {
    answer = () => undefined
    const caller = outbound({ timeoutSeconds: 60 })
    const call = rejectionOf(caller.send(address, GET))
    caller.close()
    expect(await call).toMatchObject({ kind: 'closed' })
    await expect(caller.send(address, GET)).rejects.toMatchObject({ kind: 'closed' })
  })
})

describe('parseJsonObject', () => {
  const parse = (text: string | Uint8Array) =>
    parseJsonObject(typeof text === 'string' ? new TextEncoder().encode(text) : text)

  it('reads an object, brackets in its texts included', () => {
    const text = `{"a":"${'['.repeat(100)}\\"${'{'.repeat(100)}","b":[{}]}`
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  it.each(['', ' ', 'null', '[]', '"x"', '1', '{"a":1}x', '{a:1}', '{"a":NaN}', '{"a":1e400', '\u{feff}{}'])(
    'HOP-14 finds no object in %j',
    (text) => {
      expect(parse(text)).toBeUndefined()
    },
  )

  it('HOP-14 finds no object in what is not UTF-8, or nested deeper than 64', () => {
    expect(parse(Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x7d]))).toBeUndefined()
    expect(parse(`{"a":${'['.repeat(63)}${']'.repeat(63)}}`)).toBeDefined()
    expect(parse(`{"a":${'['.repeat(64)}${']'.repeat(64)}}`)).toBeUndefined()
  })

  it('CLM-1 keeps __proto__ a member like any other', () => {
    const object = parse('{"__proto__":{"polluted":1}}')
    expect(Object.keys(object ?? {})).toEqual(['__proto__'])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

describe('an error of somebody else', () => {
  it('LG17 keeps its name and code, and nothing else', () => {
    const error = Object.assign(new RangeError('canary'), { code: 'E_X', cause: { code: 'canary' } })
    expect(sanitizedCause(error)).toMatchObject({ name: 'RangeError', message: 'RangeError (E_X)' })
    expect(sanitizedCause(Object.assign(new Error('canary'), { code: 5 }))?.message).toBe('Error')
    expect(sanitizedCause('canary')).toBeUndefined()
    expect(isError(null)).toBe(false)
  })

  it('makes CIS2 unavailable, one of ours stays what it is', () => {
    const first = toUnavailable(new Error('canary'))
    expect(first).toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE', cause: { message: 'Error' } })
    expect(toUnavailable(first)).toBe(first)
  })
})
