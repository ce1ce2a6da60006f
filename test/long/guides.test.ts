/** The guides whose programs have to be fetched or installed first: Next.js, nginx, Apache. */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'

import { run } from '../package/support/run.js'
import { Browser } from '../support/app/browser.js'
import { build, filesOf, freePorts, type Guide, openGuide } from '../guides/support/guide.js'

const COMMON = 'docs/guides/README.md'
const NURSE = 'Ngozi Okafor'

let built: string
let guide: Guide | undefined

beforeAll(async () => {
  built = await build()
})

afterEach(async () => {
  await guide?.stop()
  guide = undefined
})

afterAll(() => {
  rmSync(built, { recursive: true, force: true })
})

it('Next.js draws pages behind guards, and their data too', async () => {
  const { app } = await freePorts('app')
  const url = `http://localhost:${String(app)}`
  guide = await openGuide(built, [COMMON, 'docs/guides/nextjs.md'], [url])
  const quietly = ['--no-save', '--no-audit', '--no-fund', '--loglevel', 'error']
  const installed = await run('npm', ['install', ...quietly, 'next', 'react', 'react-dom', 'express'], guide.folder)
  expect(installed).toMatchObject({ code: 0 })
  // npm takes out what it has not put in.
  cpSync(built, join(guide.folder, 'node_modules/express-cis2'), { recursive: true })
  const made = await run(join(guide.folder, 'node_modules/.bin/next'), ['build'], guide.folder)
  expect(made).toMatchObject({ code: 0 })
  await guide.start('server.mjs', url, { NODE_ENV: 'production', REDIS_URL: process.env.REDIS_URL ?? '' })

  const data = `${url}/_next/data/${readFileSync(join(guide.folder, '.next/BUILD_ID'), 'utf8')}/patients.json`
  expect((await new Browser().request(data)).status).toBe(401)
  const { browser, page } = await guide.signIn(NURSE, `${url}/patients`)
  expect(page.body).toContain('Okafor')
  expect((await browser.request(`${url}/api/me`)).json()).toHaveProperty('name')
})

describe.each([
  [
    'nginx',
    ['nginx'],
    (folder: string) => ['-p', folder, '-c', 'nginx.conf', '-g', 'daemon off; pid nginx.pid; error_log stderr;'],
  ],
  [
    'Apache',
    ['apache2', 'httpd'],
    (folder: string) => ['-d', folder, '-f', join(folder, 'httpd.conf'), '-DFOREGROUND'],
  ],
] as const)('behind %s', (name, programs, args) => {
  const program = programs
    .flatMap((each) => ['/usr/sbin', '/usr/bin', '/usr/local/sbin'].map((folder) => join(folder, each)))
    .find(existsSync)

  it('somebody signs in and out, and TLS 1.1 is refused', async () => {
    if (program === undefined) throw new Error(`${name} is not installed.`)
    const ports = await freePorts('proxy', 'plain', 'app')
    const url = `https://localhost:${String(ports.proxy)}`
    guide = await openGuide(built, [COMMON, 'docs/guides/reverse-proxies.md', 'docs/guides/windows.md'], [url])
    const { folder } = guide
    await guide.shell('docs/guides/local-https.md', 'openssl req')
    const file = name === 'nginx' ? 'nginx.conf' : 'httpd.conf'
    const text = filesOf('docs/guides/reverse-proxies.md').get(file) ?? ''
    // As printed, but for names and ports.
    writeFileSync(
      join(folder, file),
      text
        .replaceAll('8443', String(ports.proxy))
        .replaceAll('8080', String(ports.plain))
        .replaceAll('127.0.0.1:3000', `127.0.0.1:${String(ports.app)}`)
        .replaceAll('clinic.example.nhs.uk', 'localhost'),
    )
    await guide.start('server.mjs', `http://127.0.0.1:${String(ports.app)}`, { BASE_URL: url, PORT: String(ports.app) })
    const proxy = spawn(program, args(folder), {
      cwd: folder,
      stdio: 'ignore',
      env: { ...process.env, APACHE_RUN_DIR: folder },
    })
    try {
      await untilItAnswers(url)
      const { browser, page } = await guide.signIn(NURSE, `${url}/`)
      expect(JSON.parse(page.body)).toHaveProperty('name')
      expect((await browser.request(`${url}/logout`, { method: 'POST', headers: { origin: url } })).status).toBe(303)
      // OpenSSL's lowest level, or it would not even try.
      const old = spawnSync(
        'openssl',
        ['s_client', '-connect', `localhost:${String(ports.proxy)}`, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'],
        { input: '', encoding: 'utf8', timeout: 10_000 },
      )
      expect(old.status).not.toBe(0)
    } finally {
      proxy.kill('SIGTERM')
      await new Promise((done) => proxy.once('close', done))
    }
  })
})

async function untilItAnswers(url: string): Promise<void> {
  const last = Date.now() + 30_000
  for (;;) {
    try {
      await new Browser().request(`${url}/`)
      return
    } catch (error) {
      if (Date.now() > last) throw error
      await new Promise((done) => setTimeout(done, 100))
    }
  }
}
