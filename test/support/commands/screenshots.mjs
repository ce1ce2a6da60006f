// `node test/support/commands/screenshots.mjs`: the pictures in docs/images, made anew from what the programs show today.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { chromium } from 'playwright-core'

import { findChromium } from './programs.mjs'

const root = join(import.meta.dirname, '..', '..', '..')
const folder = join(root, 'docs', 'images')

const executablePath = findChromium()
if (executablePath === undefined) stop('The pictures need Chromium or Chrome: install one, or set CHROME_PATH.')
for (const words of [
  ['run', 'build', '--silent'],
  ['run', 'build', '--silent', '--workspace', 'example-app'],
]) {
  const { status, stdout, stderr } = spawnSync('npm', words, { cwd: root, encoding: 'utf8' })
  if (status !== 0) stop(`${stdout}${stderr}The build failed: see above.`)
}
const { startDemonstration } = await import('../../../example-app/dist/demonstration.js')

mkdirSync(folder, { recursive: true })
// So short a session that the warning is there from the start.
const lifetime = { idleTimeoutSeconds: 120, warnBeforeSeconds: 120 }
const demonstration = await startDemonstration({ port: await freePort(), simulatorPort: 0, ...lifetime })
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  await takeAll(await browser.newPage({ viewport: { width: 1000, height: 680 } }))
} finally {
  await browser.close()
  await demonstration.stop()
}

async function takeAll(page) {
  const { baseUrl, simulator } = demonstration
  const take = (name, height = 680) => takeOne(page, name, { x: 0, y: 0, width: 1000, height, scale: 0.56 })
  const removeWarning = () => page.evaluate('document.querySelector("dialog").remove()')
  const next = () => page.getByRole('button', { name: 'Continue' }).click()
  async function signInWithSmartcard() {
    await page.getByRole('radio', { name: 'Smartcard AAL3' }).check()
    await next()
    await page.getByRole('heading', { name: 'Smartcard', exact: true }).waitFor()
    await page.getByRole('radio', { name: /^Ngozi Okafor/ }).check()
    await next()
  }

  await page.goto(`${baseUrl}/patients`)
  await page.getByRole('heading', { name: 'How do you want to sign in?' }).waitFor()
  await take('simulator-authenticator', 412)
  await signInWithSmartcard()

  const warning = page.getByRole('dialog')
  await warning.waitFor()
  await take('clinic-session-warning')
  await page.goto(`${baseUrl}/patients/1/prescribe`)
  await removeWarning()
  await take('clinic-refused', 536)

  // A registration that does not fit, and in the diagram the reason that CIS2 never tells.
  simulator.addClient({ ...simulator.clients[0], jwksUri: `${baseUrl}/no-such-keys` })
  await page.goto(`${baseUrl}/login`)
  await page.getByRole('heading', { name: 'How do you want to sign in?' }).waitFor()
  await signInWithSmartcard()
  await page.getByRole('heading', { name: 'You could not be signed in' }).waitFor()
  await page.goto(`${simulator.url}/simulator/requests`)
  // As far as the first rows: the rest is of the same kind, and would be four fifths of the bytes.
  const { x, y, width } = await page.locator('main .card').first().boundingBox()
  await takeOne(page, 'simulator-requests', { x, y, width, height: 410, scale: 0.56 })
}

/**
 * WebP, which Playwright does not write and the browser does, at the lowest quality at which every word can be read:
 * pictures are packed, and come to 6 KB each.
 */
async function takeOne(page, name, clip) {
  const session = await page.context().newCDPSession(page)
  const settings = { format: 'webp', quality: 15, captureBeyondViewport: true, clip }
  const { data } = await session.send('Page.captureScreenshot', settings)
  await session.detach()
  writeFileSync(join(folder, `${name}.webp`), Buffer.from(data, 'base64'))
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function stop(sentence) {
  console.error(sentence)
  process.exit(1)
}
