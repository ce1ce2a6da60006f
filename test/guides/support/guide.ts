/** A guide as its reader uses it: its files saved under their names, its programs run, against a simulator. */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

import ts from 'typescript'

import { type Simulator, startSimulator } from '../../../src/simulator/index.js'
import { packOnce, unpack } from '../../package/support/pack.js'
import { Browser } from '../../support/app/browser.js'
import { freePort } from '../../support/free-port.js'

const ROOT = resolve(__dirname, '../../..')

/** Every file that a page prints: a block of code whose first line is a comment with the file's name. */
export function filesOf(page: string): Map<string, string> {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const blocks = text.matchAll(/^```(\w+).*\n(?:\/\/|#|<!--) ([\w./-]+\.\w+|\.env)(?: -->)?\n([\s\S]*?)^```$/gm)
  return new Map([...blocks].map(([, , name = '', code = '']) => [name, code]))
}

function commandOf(page: string, beginning: string): string {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code)
  const found = blocks.find((code) => code.startsWith(beginning))
  if (found === undefined) throw new Error(`${page} has no command that begins with ${beginning}.`)
  return found
}

export interface Guide {
  readonly folder: string
  readonly simulator: Simulator
  /** Starts one of the guide's programs and waits until it answers at `url`. */
  start(file: string, url: string, env?: Readonly<Record<string, string>>, ...args: string[]): Promise<void>
  /** Saves a file beside those of the pages. */
  write(file: string, code: string): void
  /** Sends SIGTERM to a program and resolves with its exit code. */
  end(file: string): Promise<number | null>
  /** Registers the application at `url`, with this path as its callback. */
  register(url: string, callback: string): void
  /** Runs the block of `sh` of this page that begins so. */
  shell(page: string, beginning: string): Promise<void>
  /** Checks and compiles these files of TypeScript as `tsc` does with decorators switched on; throws the complaints. */
  compile(...files: string[]): void
  /** Everything that its programs have printed. */
  printed(): string
  /** Waits until they have printed this. */
  untilPrinted(text: string): Promise<void>
  /** A browser in which this person has signed in by opening `address`, and the page that she saw then. */
  signIn(persona: string, address: string): Promise<{ browser: Browser; page: Awaited<ReturnType<Browser['follow']>> }>
  stop(): Promise<void>
}

/** How the pages name what is registered. */
export const CLIENT = { clientId: 'clinic', clientSecret: 'only-for-my-own-machine' } as const

/** A free port of loopback for each name. */
export async function freePorts<Name extends string>(...names: Name[]): Promise<Record<Name, number>> {
  const ports = await Promise.all(names.map(async (name) => [name, await freePort()] as const))
  return Object.fromEntries(ports) as Record<Name, number>
}

/**
 * Saves the files of `pages` in a new folder that resolves `express-cis2` to the package as it is published, and starts a
 * simulator in which the applications at `baseUrls` are registered. With `https`, programs trust its certificate.
 */
export async function openGuide(
  built: string,
  pages: readonly string[],
  baseUrls: readonly string[],
  { https = false } = {},
): Promise<Guide> {
  const folder = newFolder()
  cpSync(built, join(folder, 'node_modules/express-cis2'), { recursive: true })
  // The reader's own project, not a part of this one.
  save(folder, new Map([['package.json', '{ "type": "module" }\n']]))
  for (const page of pages) save(folder, filesOf(page))
  const simulator = await startSimulator({ https, clients: baseUrls.map((baseUrl, at) => clientAt(baseUrl, at)) })
  if (simulator.certificate !== undefined) save(folder, new Map([['simulator.pem', simulator.certificate]]))
  const children = new Map<string, ChildProcess>()
  let output = ''

  return {
    folder,
    simulator,
    printed: () => output,
    untilPrinted: (text) =>
      until(
        () => output.includes(text),
        () => `${text} was not printed:\n${output}`,
      ),
    async start(file, url, env = {}, ...args) {
      const child = spawn(process.execPath, [file, ...args], {
        cwd: folder,
        env: environment(simulator, { BASE_URL: url, ...env }),
      })
      children.set(file + url, child)
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
      await untilItAnswers(
        url,
        () => child.exitCode === null,
        () => output,
      )
    },
    write(file, code) {
      save(folder, new Map([[file, code]]))
    },
    async end(file) {
      const child = [...children].find(([name]) => name.startsWith(file))?.[1]
      if (child === undefined) throw new Error(`${file} was not started.`)
      await end(child)
      return child.exitCode
    },
    register(url, callback) {
      simulator.addClient({ ...clientAt(url, 0), redirectUris: [`${url}${callback}`] })
    },
    compile: (...files) => {
      compile(files.map((file) => join(folder, file)))
    },
    async shell(page, beginning) {
      const command = commandOf(page, beginning)
      const child = spawn('sh', ['-ec', command], { cwd: folder, stdio: 'ignore' })
      const code = await new Promise((done) => child.once('close', done))
      if (code !== 0) throw new Error(`${beginning} of ${page} ended with ${String(code)}.`)
    },
    async signIn(persona, address) {
      simulator.nextSignIn({ user: persona })
      const browser = new Browser()
      return { browser, page: await browser.follow(address) }
    },
    async stop() {
      await Promise.all([...children.values()].map(end))
      await simulator.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The package as it is published, in a folder of its own. */
export async function build(): Promise<string> {
  const folder = newFolder()
  await unpack(await packOnce(), folder)
  return folder
}

function compile(files: string[]): void {
  const program = ts.createProgram(files, {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: true,
    allowJs: true,
    types: ['node'],
    jsx: ts.JsxEmit.ReactJSX,
    rootDir: ROOT,
    paths: { 'express-cis2': [join(ROOT, 'src/index.ts')] },
  })
  const found = files.flatMap((file) => {
    const source = program.getSourceFile(file)
    program.emit(source, (_, code) => {
      writeFileSync(file.replace(/\.ts$/, '.js'), code)
    })
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
  })
  if (found.length > 0) throw new Error(ts.formatDiagnostics(found, ts.createCompilerHost({})))
}

/** Inside the repository, where programs find its packages. */
function newFolder(): string {
  mkdirSync(join(ROOT, '.artifacts'), { recursive: true })
  return mkdtempSync(join(ROOT, '.artifacts/guide-'))
}

function save(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [name, code] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), code)
  }
}

function clientAt(baseUrl: string, at: number) {
  return {
    ...CLIENT,
    clientId: at === 0 ? CLIENT.clientId : `${CLIENT.clientId}-${String(at + 1)}`,
    tokenEndpointAuthMethod: 'client_secret_post' as const,
    redirectUris: [`${baseUrl}/callback`],
    backChannelLogoutUri: `${baseUrl}/backchannel-logout`,
  }
}

function environment(simulator: Simulator, more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env
  return {
    PATH,
    HOME,
    NODE_EXTRA_CA_CERTS: simulator.certificate === undefined ? '' : 'simulator.pem',
    CIS2_ISSUER: simulator.issuer,
    CIS2_CLIENT_ID: CLIENT.clientId,
    CIS2_CLIENT_SECRET: CLIENT.clientSecret,
    SESSION_SECRET: 'a-secret-of-this-test-alone-0123456789',
    REDIS_URL: 'memory',
    PORT: more.BASE_URL === undefined ? '' : new URL(more.BASE_URL).port,
    ...more,
  }
}

async function untilItAnswers(url: string, alive: () => boolean, output: () => string): Promise<void> {
  async function answers(): Promise<boolean> {
    if (!alive()) throw new Error(`It has ended:\n${output()}`)
    return new Browser().request(`${url}/`).then(
      () => true,
      () => false,
    )
  }
  await until(answers, () => `Nothing answers at ${url}:\n${output()}`)
}

async function until(condition: () => boolean | Promise<boolean>, complaint: () => string): Promise<void> {
  const last = Date.now() + 60_000
  while (!(await condition())) {
    if (Date.now() > last) throw new Error(complaint())
    await new Promise((done) => setTimeout(done, 50))
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = new Promise((done) => child.once('close', done))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await closed
  clearTimeout(late)
}
