/** A piece of network of its own, with the kernel's real TCP in it: where root allows. */
import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'

export interface NetworkNamespace {
  /** The address of what runs in it. */
  readonly address: string
  /** What runs a program in it. */
  readonly within: readonly string[]
  /** From now on nothing that comes from these ports arrives in it, and nobody is told. */
  drop(ports: readonly number[]): void
  stop(): void
}

const IPTABLES = ['iptables', '-w']

/** Undefined where it may not be made (no root), or there are no `ip` and `iptables`. */
export function startNetworkNamespace(): NetworkNamespace | undefined {
  const id = String(randomInt(1e6, 1e7))
  const [name, outer, inner] = [`cis2-${id}`, `cis2o${id}`, `cis2i${id}`]
  const subnet = `10.213.${String(randomInt(256))}`
  const within = ['ip', 'netns', 'exec', name]
  try {
    run(['ip', 'netns', 'add', name])
  } catch {
    return undefined
  }
  try {
    run(['ip', 'link', 'add', outer, 'type', 'veth', 'peer', 'name', inner])
    run(['ip', 'link', 'set', inner, 'netns', name])
    run(['ip', 'addr', 'add', `${subnet}.1/30`, 'dev', outer])
    run(['ip', 'link', 'set', outer, 'up'])
    run([...within, 'ip', 'addr', 'add', `${subnet}.2/30`, 'dev', inner])
    run([...within, 'ip', 'link', 'set', inner, 'up'])
    run([...within, 'ip', 'link', 'set', 'lo', 'up'])
    run([...within, ...IPTABLES, '-S'])
  } catch {
    stop()
    return undefined
  }

  function stop(): void {
    run(['ip', 'netns', 'del', name])
  }

  return {
    address: `${subnet}.2`,
    within,
    drop(ports) {
      for (const port of ports) {
        run([...within, ...IPTABLES, '-A', 'INPUT', '-p', 'tcp', '--sport', String(port), '-j', 'DROP'])
      }
    },
    stop,
  }
}

function run([program = '', ...operands]: readonly string[]): void {
  execFileSync(program, operands, { stdio: 'ignore' })
}
