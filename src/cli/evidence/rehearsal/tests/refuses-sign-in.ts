/** A sign-in that is spoiled on its way, and must sign nobody in. */
import type { FaultName, FaultValue } from '../../../../simulator/faults/index.js'
import type { Scene, TestCase, Verdict } from '../test-case.js'
import { labelOf, type Answer, type Visitor } from '../visitor.js'

export interface Spoiled {
  readonly id: string
  readonly name: string
  /** What the simulator does. */
  readonly fault: FaultName
  readonly value?: FaultValue | ((scene: Scene) => FaultValue)
  readonly request: string
  readonly requirements?: readonly string[]
}

export const REFUSED = 'refused with 400 or 403; nobody is signed in'

/** A test in which the simulator has a fault. */
export function refusesSignIn({ fault, value = true, ...row }: Spoiled): TestCase {
  return {
    ...row,
    expected: REFUSED,
    async run(scene) {
      scene.simulator.setFault(fault, typeof value === 'function' ? value(scene) : value)
      try {
        const visitor = scene.newVisitor()
        return await isRefused(scene, visitor, await scene.signIn(visitor))
      } finally {
        scene.simulator.clearFaults()
      }
    },
  }
}

/** Whether an answer refused, and nobody is signed in after it. */
export async function isRefused(scene: Scene, visitor: Visitor, answer: Answer): Promise<Verdict> {
  const signedIn = await scene.isSignedIn(visitor)
  return {
    passed: !signedIn && [400, 403].includes(answer.status),
    answer: `${labelOf(answer)}; ${signedIn ? 'somebody is signed in' : 'nobody is signed in'}`,
  }
}
